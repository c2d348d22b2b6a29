import Foundation

/// Folders and messages.
extension SimulatorState {
    func checkReading(_ caller: Caller) throws(GraphFailure) {
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
        let language = caller.mailbox.language
        let all = withMailbox(caller.mailbox) { mailbox, _ in
            mailbox.folders.map { mailbox.json(of: $0, language: language) }
        }
        let page = all.dropFirst(query.skip).prefix(query.top)
        return list(
            page.map { $0 }, of: "users('\(caller.mailbox.graphID)')/mailFolders", total: all.count, query, exchange
        )
    }

    mutating func folder(_ name: String, _ exchange: Exchange, caller: Caller) throws(GraphFailure) -> Reply {
        try checkReading(caller)
        let language = caller.mailbox.language
        let found = withMailbox(caller.mailbox) { mailbox, _ in
            mailbox.folder(name).map { mailbox.json(of: $0, language: language) }
        }
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
        let view = try MessageView(exchange, try MessageSelection(exchange.query), caller: caller)
        let (messages, folderID) = withMailbox(caller.mailbox) { mailbox, _ in
            (mailbox.messages, folder.flatMap { mailbox.folder($0)?.id })
        }
        if folder != nil, folderID == nil { throw .itemNotFound }
        let matching = messages.filter { (folder == nil || $0.folder == folderID) && query.finds($0) }
        let page = query.sorted(matching).dropFirst(query.skip).prefix(query.top)
        let path = folder.map { "/mailFolders('\($0)')" } ?? ""
        let context = "users('\(caller.mailbox.graphID)')\(path)/messages"
        return view.noting(list(page.map(view.members), of: context, total: matching.count, query, exchange))
    }

    mutating func message(_ id: String, _ exchange: Exchange, caller: Caller) throws(GraphFailure) -> Reply {
        try checkReading(caller)
        let view = try MessageView(exchange, try MessageSelection(exchange.query), caller: caller)
        let found = withMailbox(caller.mailbox) { mailbox, _ in mailbox.message(id) }
        guard let found else { throw .itemNotFound }
        return view.entity(found, exchange, status: 200)
    }

    /// The message as MIME text. It has everything, so that `Mail.ReadBasic` does not suffice.
    mutating func mime(of id: String, caller: Caller) throws(GraphFailure) -> Reply {
        try caller.checkAccess(caller.may("Mail.Read", "Mail.ReadWrite"))
        try checkMailbox(caller)
        let found = withMailbox(caller.mailbox) { mailbox, _ in mailbox.message(id) }
        guard let found else { throw .itemNotFound }
        return Reply(status: 200, headers: [("Content-Type", "text/plain")], body: Data(found.mime.utf8))
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

extension Mailbox {
    func json(of folder: Folder, language: String?) -> [String: JSON] {
        let held = messages.filter { $0.folder == folder.id && !$0.isHidden }
        return [
            "id": .string(folder.id),
            "displayName": .string(FolderNames.display(folder.name, in: language)),
            "parentFolderId": .string("root"),
            "childFolderCount": 0,
            "unreadItemCount": .integer(held.count { !$0.isRead }),
            "totalItemCount": .integer(held.count),
            "sizeInBytes": .integer(held.reduce(0) { $0 + $1.content.body.utf8.count }),
            "isHidden": false,
        ]
    }
}
