import Foundation

/// Folders and messages.
extension SimulatorState {
    private func checkReading(_ caller: Caller) throws(GraphFailure) {
        try caller.checkAccess(caller.may("Mail.ReadBasic", "Mail.Read", "Mail.ReadWrite"))
        try checkMailbox(caller)
    }

    /// Throws if there is no mailbox: without a licence, for a guest, or with the mailbox on premises.
    func checkMailbox(_ caller: Caller) throws(GraphFailure) {
        guard hasMailbox(caller.mailbox) else { throw .noMailbox }
    }

    mutating func folders(_ exchange: Exchange, caller: Caller) throws(GraphFailure) -> Reply {
        try checkReading(caller)
        let query = try MessageQuery(exchange.query)
        let all = withMailbox(caller.mailbox) { mailbox, _ in mailbox.folders.map { mailbox.json(of: $0) } }
        let page = all.dropFirst(query.skip).prefix(query.top)
        return list(
            page.map { $0 }, of: "users('\(caller.mailbox.graphID)')/mailFolders", total: all.count, query, exchange
        )
    }

    mutating func folder(_ name: String, _ exchange: Exchange, caller: Caller) throws(GraphFailure) -> Reply {
        try checkReading(caller)
        let found = withMailbox(caller.mailbox) { mailbox, _ in mailbox.folder(name).map { mailbox.json(of: $0) } }
        guard var members = found else { throw .itemNotFound }
        members["@odata.context"] = .string("\(exchange.baseURL)/v1.0/$metadata#users('me')/mailFolders/$entity")
        return .json(.object(members), type: Self.graphContentType)
    }

    /// The messages of all folders if `folder` is nil, including Deleted Items.
    mutating func messages(
        in folder: String?, _ exchange: Exchange, caller: Caller
    ) throws(GraphFailure) -> Reply {
        try checkReading(caller)
        let query = try MessageQuery(exchange.query)
        let view = try MessageView(exchange, select: query.select, caller: caller)
        let (messages, folderID) = withMailbox(caller.mailbox) { mailbox, _ in
            (mailbox.messages, folder.flatMap { mailbox.folder($0)?.id })
        }
        if folder != nil, folderID == nil { throw .itemNotFound }
        let matching = messages.filter { (folder == nil || $0.folder == folderID) && query.matches($0) }
        let page = query.sorted(matching).dropFirst(query.skip).prefix(query.top)
        let path = folder.map { "/mailFolders('\($0)')" } ?? ""
        let context = "users('\(caller.mailbox.graphID)')\(path)/messages"
        return view.noting(list(page.map(view.members), of: context, total: matching.count, query, exchange))
    }

    mutating func message(_ id: String, _ exchange: Exchange, caller: Caller) throws(GraphFailure) -> Reply {
        try checkReading(caller)
        let select = exchange.query["$select"]?.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        let view = try MessageView(exchange, select: select, caller: caller)
        let found = withMailbox(caller.mailbox) { mailbox, _ in mailbox.message(id) }
        guard let found else { throw .itemNotFound }
        return view.noting(view.entity(found, exchange, status: 200))
    }

    private func list(
        _ items: [[String: JSON]], of context: String, total: Int, _ query: MessageQuery, _ exchange: Exchange
    ) -> Reply {
        var body: [String: JSON] = [
            "@odata.context": .string("\(exchange.baseURL)/v1.0/$metadata#\(context)"),
            "value": .array(items.map(JSON.object)),
        ]
        if query.wantsCount { body["@odata.count"] = .integer(total) }
        let next = query.skip + items.count
        if next < total, !items.isEmpty {
            var fields = exchange.query
            fields.remove("$skip")
            fields.append("$skip", String(next))
            body["@odata.nextLink"] = .string("\(exchange.baseURL)\(exchange.path)?\(fields.encoded)")
        }
        return .json(.object(body), type: Self.graphContentType)
    }
}

/// How a request wants messages shown: members, kind of ids, kind of body.
struct MessageView: Sendable {
    private let select: Set<String>?
    private let isBasic: Bool
    private let immutable: Bool
    private let asText: Bool

    init(_ exchange: Exchange, select: [String]?, caller: SimulatorState.Caller) throws(GraphFailure) {
        let preference = (exchange.header("Prefer") ?? "").lowercased()
        immutable = preference.contains("idtype=\"immutableid\"")
        asText = preference.contains("outlook.body-content-type=\"text\"")
        isBasic = !caller.may("Mail.Read", "Mail.ReadWrite")
        self.select = select.map { Set($0.map { $0.lowercased() }) }
    }

    func members(_ message: Message) -> [String: JSON] {
        message.json(immutable: immutable, asText: asText).filter { name, _ in
            if isBasic, Message.notBasic.contains(name) { return false }
            // The id and the ETag are returned even if not selected.
            if let select { return name == "id" || name == "@odata.etag" || select.contains(name.lowercased()) }
            return !Message.onlySelected.contains(name)
        }
    }

    func entity(_ message: Message, _ exchange: Exchange, status: Int) -> Reply {
        var shown = members(message)
        shown["@odata.context"] = .string("\(exchange.baseURL)/v1.0/$metadata#users('me')/messages/$entity")
        return .json(.object(shown), status: status, type: SimulatorState.graphContentType)
    }

    /// Adds a header with the preferences that were applied.
    func noting(_ reply: Reply) -> Reply {
        var applied: [String] = []
        if immutable { applied.append("IdType=\"ImmutableId\"") }
        if asText { applied.append("outlook.body-content-type=\"text\"") }
        return applied.isEmpty ? reply : reply.adding("Preference-Applied", applied.joined(separator: ", "))
    }
}

extension Mailbox {
    func json(of folder: Folder) -> [String: JSON] {
        let held = messages.filter { $0.folder == folder.id }
        return [
            "id": .string(folder.id),
            "displayName": .string(folder.displayName),
            "parentFolderId": .string("root"),
            "childFolderCount": 0,
            "unreadItemCount": .integer(held.count { !$0.isRead }),
            "totalItemCount": .integer(held.count),
            "sizeInBytes": .integer(held.reduce(0) { $0 + $1.content.body.utf8.count }),
            "isHidden": false,
        ]
    }
}
