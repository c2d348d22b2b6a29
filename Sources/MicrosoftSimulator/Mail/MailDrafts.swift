import Foundation

/// Drafts, and changes to messages.
extension SimulatorState {
    mutating func createDraft(
        in folder: String?, _ exchange: Exchange, caller: Caller
    ) throws(GraphFailure) -> Reply {
        try caller.checkAccess(caller.may("Mail.ReadWrite"))
        try checkMailbox(caller)
        let content: MessageContent
        if exchange.contentType == "text/plain" {
            content = try MessageContent(mime: exchange.body)
        } else {
            content = try MessageContent(try Self.object(exchange))
        }
        let view = try MessageView(exchange, caller: caller)
        let draft = newMessage(try signed(content, caller: caller), isDraft: true, at: now)
        let known = withMailbox(caller.mailbox) { mailbox, _ in mailbox.folder(folder ?? "drafts") }
        guard let known else { throw .itemNotFound }
        return view.entity(store(draft, of: caller.mailbox, in: known.id), exchange, status: 201)
    }

    /// Flags and categories can always be changed, the content only in a draft.
    mutating func updateMessage(_ id: String, _ exchange: Exchange, caller: Caller) throws(GraphFailure) -> Reply {
        let known = try messageToChange(id, caller: caller)
        let json = try Self.object(exchange)
        let view = try MessageView(exchange, caller: caller)
        let always = [
            "isread", "importance", "categories", "flag", "inferenceclassification", "singlevalueextendedproperties",
        ]
        let isPlain = (json.object ?? [:]).keys.allSatisfy { always.contains($0.lowercased()) }
        guard known.isDraft || isPlain else { throw .accessDenied }
        var content = known.content
        try content.apply(json)
        let changed = change(id, of: caller.mailbox) { message in
            message.content = content
            if known.isDraft, let value = json["internetMessageId"]?.string { message.internetMessageID = value }
            if let value = json["isRead"]?.lenientBool { message.isRead = value }
            if let value = json["categories"]?.array { message.categories = value.compactMap(\.string) }
            if let value = json["flag"]?["flagStatus"]?.string { message.flagStatus = value }
            if let value = json["inferenceClassification"]?.string { message.inferenceClassification = value }
        }
        return view.entity(changed ?? known, exchange, status: 200)
    }

    /// Moves a message, or copies it. The answer has the new id.
    mutating func moveMessage(
        _ id: String, isCopy: Bool, _ exchange: Exchange, caller: Caller
    ) throws(GraphFailure) -> Reply {
        let known = try messageToChange(id, caller: caller)
        guard let name = try Self.object(exchange)["destinationId"]?.string else {
            throw GraphFailure(400, "ErrorInvalidRequest", "The parameter 'DestinationId' is missing.")
        }
        let folder = withMailbox(caller.mailbox) { mailbox, _ in mailbox.folder(name) }
        guard let folder else { throw .itemNotFound }
        let view = try MessageView(exchange, caller: caller)
        if !isCopy {
            guard let moved = move(known.id, to: folder, of: caller.mailbox) else { throw .itemNotFound }
            return view.entity(moved, exchange, status: 201)
        }
        var copy = Message(
            id: random.messageID(), immutableID: random.immutableMessageID(), changeKey: random.word(40),
            createdAt: now, modifiedAt: now, receivedAt: known.receivedAt, sentAt: known.sentAt,
            internetMessageID: known.internetMessageID, conversationID: known.conversationID,
            content: known.content, isRead: known.isRead, isDraft: known.isDraft)
        copy.isReceived = known.isReceived
        copy.receivedHeaders = known.receivedHeaders
        copy.itemClass = known.itemClass
        return view.entity(store(copy, of: caller.mailbox, in: folder.id), exchange, status: 201)
    }

    /// Deletes a message: it goes to Deleted Items, and from there, or if asked to, for good.
    mutating func deleteMessage(_ id: String, isPermanent: Bool, caller: Caller) throws(GraphFailure) -> Reply {
        let known = try messageToChange(id, caller: caller)
        let folder = withMailbox(caller.mailbox) { mailbox, _ in mailbox.folder("deleteditems") }
        if let folder, folder.id != known.folder, !isPermanent {
            _ = move(known.id, to: folder, of: caller.mailbox, isDeletion: true)
        } else {
            remove(known.id, of: caller.mailbox)
        }
        return .empty(204)
    }

    mutating func messageToChange(_ id: String, caller: Caller) throws(GraphFailure) -> Message {
        try caller.checkAccess(caller.may("Mail.ReadWrite"))
        try checkMailbox(caller)
        let known = withMailbox(caller.mailbox) { mailbox, _ in mailbox.message(id) }
        guard let known else { throw .itemNotFound }
        return known
    }

    /// The body as a JSON object; an empty body counts as one without members.
    static func object(_ exchange: Exchange) throws(GraphFailure) -> JSON {
        if exchange.body.isEmpty { return .object([:]) }
        guard let json = try? JSON(parsing: exchange.body), json.object != nil else {
            throw GraphFailure(400, "RequestBodyRead", "The body is not a JSON object.")
        }
        return json
    }
}
