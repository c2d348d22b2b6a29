import Foundation

/// The attachments of a message.
extension SimulatorState {
    mutating func attachments(of id: String, _ exchange: Exchange, caller: Caller) throws(GraphFailure) -> Reply {
        let message = try messageWithAttachments(id, caller: caller)
        let names = try MessageSelection(select: exchange.query["$select"], expand: nil).names
        let list = message.content.attachments.map { attachment in
            let members = attachment.json(in: message, hasContent: true)
            return JSON.object(
                members.filter { name, _ in names.map { $0.contains(name.lowercased()) || name == "id" } ?? true })
        }
        let path = "users('\(caller.mailbox.graphID)')/messages('\(id)')/attachments"
        return .json(
            [
                "@odata.context": .string("\(exchange.baseURL)/v1.0/$metadata#\(path)"),
                "value": .array(list),
            ], type: Self.graphContentType)
    }

    mutating func attachment(
        _ attachmentID: String, of id: String, _ exchange: Exchange, caller: Caller
    ) throws(GraphFailure) -> Reply {
        let message = try messageWithAttachments(id, caller: caller)
        let found = try Self.attachment(attachmentID, of: message)
        return .json(.object(found.json(in: message, hasContent: true)), type: Self.graphContentType)
    }

    /// `$value`: the bytes alone.
    mutating func attachmentBytes(
        _ attachmentID: String, of id: String, caller: Caller
    ) throws(GraphFailure) -> Reply {
        let message = try messageWithAttachments(id, caller: caller)
        let found = try Self.attachment(attachmentID, of: message)
        return Reply(status: 200, headers: [("Content-Type", found.contentType)], body: found.bytes)
    }

    mutating func attach(to id: String, _ exchange: Exchange, caller: Caller) throws(GraphFailure) -> Reply {
        let message = try draftToAttach(id, caller: caller)
        let attachment = try Attachment(try Self.object(exchange))
        var attached = attachment
        let changed = change(message.id, of: caller.mailbox) { attached = $0.content.attach(attachment) }
        guard let changed else { throw .itemNotFound }
        return .json(
            .object(attached.json(in: changed, hasContent: true)), status: 201, type: Self.graphContentType)
    }

    mutating func detach(_ attachmentID: String, from id: String, caller: Caller) throws(GraphFailure) -> Reply {
        let message = try draftToAttach(id, caller: caller)
        let found = try Self.attachment(attachmentID, of: message)
        change(message.id, of: caller.mailbox) { $0.content.attachments.removeAll { $0.number == found.number } }
        return .empty(204)
    }

    /// Attachments can be changed only in drafts.
    mutating func draftToAttach(_ id: String, caller: Caller) throws(GraphFailure) -> Message {
        let message = try messageToChange(id, caller: caller)
        guard message.isDraft else { throw .accessDenied }
        return message
    }

    private mutating func messageWithAttachments(_ id: String, caller: Caller) throws(GraphFailure) -> Message {
        try caller.checkAccess(caller.may("Mail.Read", "Mail.ReadWrite"))
        try checkMailbox(caller)
        let found = withMailbox(caller.mailbox) { mailbox, _ in mailbox.message(id) }
        guard let found else { throw .itemNotFound }
        return found
    }

    private static func attachment(_ id: String, of message: Message) throws(GraphFailure) -> Attachment {
        let found = message.content.attachments.first { id == $0.id(in: message) }
        guard let found else { throw .itemNotFound }
        return found
    }
}
