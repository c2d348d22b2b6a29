import Foundation
import HTTPTypes
import HearthCore
import HearthRules
import HearthWeb
import Hummingbird
import Postgres
import StrictJSON

/// `POST /campaigns/ms-graph/batch`: creates links for up to 100 owners, with a separate result for each.
struct BatchRoutes {
    let dependencies: Dependencies

    private static let limit = 100

    /// The result of one element of the batch.
    private enum Item {
        case link(NewConsent)
        case refused(APIError)
    }

    func create(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse {
        try context.identity.require(.msGraph)
        let body = try await ParsedBody.read(request, context: context, allowsArray: true)
        let elements = try Self.elements(of: body)
        return try await write.once(body) { call in
            var items: [Item] = []
            for (index, element) in elements.enumerated() {
                items.append(try await item(element, index, for: context.identity))
            }
            let answer = try await store(items, call: call)
            dependencies.reached(.linkCreated)
            return answer
        }
    }

    /// Returns the elements of the member `campaigns`, or of a body that is an array. A form sends the list as JSON text, or
    /// as repeated fields with one element each.
    private static func elements(of body: ParsedBody) throws(APIError) -> [JSONValue] {
        guard let found = body.value.elements ?? body.object["campaigns"]?.elements else {
            throw .validation([FieldProblem(field: "campaigns", message: "is required: a list of objects")])
        }
        guard (1...limit).contains(found.count) else {
            throw .validation([FieldProblem(field: "campaigns", message: "must have 1 to \(limit) elements")])
        }
        return found
    }

    private func item(_ element: JSONValue, _ index: Int, for identity: Identity) async throws -> Item {
        guard let object = element.asObject else {
            return .refused(.validation([FieldProblem(field: "campaigns[\(index)]", message: "must be an object")]))
        }
        let wanted: ConsentRequest
        do {
            wanted = try ConsentRequest(
                ParsedBody(form: object), tenant: identity, defaultLifetime: dependencies.settings.consentLifetime)
        } catch {
            return .refused(error)
        }
        return .link(try await NewConsent(wanted, for: identity, dependencies))
    }

    /// Stores the links in one commit, so that after a fault either all or none exist.
    private func store(_ items: [Item], call: IdempotentCall) async throws -> RecordedAnswer {
        try await dependencies.database.transaction { transaction in
            let insertions = items.compactMap { item in
                if case .link(let consent) = item { consent.insertion } else { nil }
            }
            let stored = insertions.isEmpty ? [] : try transaction.query(all: insertions)
            for case .link(let consent) in items {
                try call.mention("consent:\(consent.id)", in: &transaction)
            }
            let hasEndpoint: Bool = try stored.first?.scalar("has_endpoint") ?? true
            let answer = Envelope.prepared(
                code: "BATCH_CREATED",
                message: "data has a result for each element, in the order of the request.",
                warnings: hasEndpoint ? [] : ["NO_WEBHOOK_ENDPOINT"],
                members: [
                    ("succeeded", .integer(Int64(insertions.count))),
                    ("failed", .integer(Int64(items.count - insertions.count))),
                ]
            ) { json in
                json.array { json in
                    for (index, item) in items.enumerated() { Self.write(item, index, to: &json) }
                }
            }
            return try call.record(answer, in: &transaction)
        }
    }

    private static func write(_ item: Item, _ index: Int, to json: inout JSONWriter) {
        json.object { json in
            json.member("index", index)
            switch item {
            case .link(let consent):
                json.member("success", true)
                json.member("status", HTTPResponse.Status.ok.code)
                json.member("code", "CONSENT_URL_CREATED")
                json.name("data")
                consent.write(to: &json)
            case .refused(let error):
                json.member("success", false)
                json.member("status", error.status.code)
                json.member("code", error.code)
                json.member("message", error.message)
                if !error.errors.isEmpty { error.writeErrors(to: &json) }
            }
        }
    }
}
