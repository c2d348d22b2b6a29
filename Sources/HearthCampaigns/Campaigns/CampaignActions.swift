import HearthCore
import HearthRules
import HearthWeb
import Hummingbird
import Postgres
import StrictJSON

/// One action on many campaigns, as requested by a partner and as stored with its job.
struct CampaignActions: Sendable {
    enum Action: String, Sendable, CaseIterable {
        case start, pause, resume, delete, update

        /// Nil for `update`, which is not a command.
        var command: CampaignCommand? { CampaignCommand(rawValue: rawValue) }
    }

    enum Selection: Sendable, Equatable {
        case ids([Int64])
        case filter(CampaignFilter)
        /// The units of the job.
        case units
    }

    let action: Action
    let selection: Selection
    /// The changes made by `update`.
    let changes: CampaignChanges?
    private let changesText: String?

    static let idLimit = 10_000

    init(_ body: ParsedBody) throws(APIError) {
        try self.init(body) { fields in
            let ids = fields.ids("ids", limit: Self.idLimit)
            let filter = fields.group("filter") { CampaignFilter(&$0) }
            return Self.selection(ids, filter, &fields)
        }
    }

    private init(_ body: ParsedBody, selection: (inout Fields) -> Selection?) throws(APIError) {
        var fields = Fields(body)
        let action: Action? = fields.choice("action", required: true)
        let selection = selection(&fields)
        let changes = Self.changes(for: action, &fields)
        try fields.validated()
        // `validated` has thrown if one is missing.
        guard let action, let selection else { throw .badRequest }
        self.action = action
        self.selection = selection
        self.changes = changes?.changes
        changesText = changes?.text
    }

    /// Reads the result of ``text``.
    init(text: String) throws {
        // JSON that a form sent as a separate string is one level deeper here.
        let parser = JSONParser(maximumDepth: JSONParser().maximumDepth + 1)
        try self.init(ParsedBody(json: parser.parse(Array(text.utf8)))) { fields in
            fields.group("filter") { CampaignFilter(&$0) }.map(Selection.filter) ?? .units
        }
    }

    /// JSON in the form of the request, without its ids, which are stored as the units of the job.
    var text: String {
        var json = JSONWriter()
        json.object { json in
            json.member("action", action.rawValue)
            if case .filter(let filter) = selection {
                json.name("filter")
                filter.write(to: &json)
            }
            if let changesText { json.member("changes", raw: changesText) }
        }
        return json.text
    }

    /// Accepts exactly one of the two. An empty filter is refused: it may be misspelt, and would select everything.
    private static func selection(_ ids: [Int64]?, _ filter: CampaignFilter?, _ fields: inout Fields) -> Selection? {
        switch (ids, filter) {
        case (let ids?, nil): return .ids(ids)
        case (nil, let filter?):
            if filter.isEmpty, fields.problems.isEmpty {
                fields.problem("filter", "must name a status, an email or a tag")
            }
            return .filter(filter)
        case (nil, nil):
            if fields.problems.isEmpty { fields.problem("ids", "is required, unless there is a filter") }
        case (.some, .some): fields.problem("filter", "must not be sent together with ids")
        }
        return nil
    }

    private static func changes(
        for action: Action?, _ fields: inout Fields
    ) -> (changes: CampaignChanges, text: String)? {
        guard action == .update else { return nil }
        guard let found = fields.json("changes", required: true, limit: Fields.metaLimit * 2) else { return nil }
        guard let object = found.value.asObject, object.count > 0 else {
            fields.problem("changes", "must be an object with at least one field to change")
            return nil
        }
        do {
            return (try CampaignChanges(ParsedBody(form: object)), found.text)
        } catch {
            for problem in error.errors { fields.problem("changes." + problem.field, problem.message) }
            return nil
        }
    }
}

extension Fields {
    /// Reads a list of ids, each a number or a string, or one comma-separated string. Duplicates are dropped.
    fileprivate mutating func ids(_ name: String, limit: Int) -> [Int64]? {
        guard let found = find(name, or: [], required: false, isList: true) else { return nil }
        let elements =
            found.value.asArray ?? found.value.asString?.split(separator: ",").map { JSONValue.string(String($0)) }
            ?? []
        guard (1...limit).contains(elements.count) else {
            problem(name, "must be a list of 1 to \(limit) ids")
            return nil
        }
        let ids = elements.compactMap { $0.asInteger ?? $0.asString.flatMap { Int64($0.trimmingWhitespace()) } }
        guard ids.count == elements.count, ids.allSatisfy({ (1...9_007_199_254_740_991).contains($0) }) else {
            problem(name, "must contain only campaign ids")
            return nil
        }
        var seen = Set<Int64>()
        return ids.filter { seen.insert($0).inserted }
    }
}

/// `POST /campaigns/actions`: creates a job that applies one action to a list of ids or to a filter.
struct ActionRoutes {
    let dependencies: Dependencies

    func create(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse {
        let body = try await ParsedBody.read(request, context: context)
        let wanted = try CampaignActions(body)
        return try await write.once(body) { call in
            var ids: [Int64]?
            if case .ids(let named) = wanted.selection { ids = named }
            let job = Job(
                .campaignActions, id: try await dependencies.ids.next(), parameters: wanted.text,
                total: ids.map { Int64($0.count) }, by: Caller(context), at: dependencies.now())
            let answer = job.accepted("The job has started. Follow or cancel it at Location.")
            let recorded = try await dependencies.database.transaction { [ids] transaction in
                transaction.write(JobStore.insertion(of: job, units: ids))
                return try call.record(answer, subject: "job:\(job.id)", in: &transaction)
            }
            dependencies.work.jobCommitted()
            return recorded
        }
    }
}
