import Foundation

/// Replies and forwards.
extension SimulatorState {
    /// Sends an answer: 202 without a body.
    mutating func answerMessage(
        _ id: String, _ action: MessageAction, _ exchange: Exchange, caller: Caller
    ) throws(GraphFailure) -> Reply {
        try caller.checkAccess(caller.may("Mail.Send"))
        let answer = newMessage(try answerContent(id, action, exchange, caller: caller), isDraft: false, at: now)
        let call: Submission.Call =
            switch action {
            case .forward: .forward
            case .replyAll: .replyAll
            default: .reply
            }
        try submit(answer, from: caller.mailbox, by: call, savesCopy: true)
        return .empty(202)
    }

    /// Makes a draft of an answer: 201 with the draft.
    mutating func draftAnswer(
        _ id: String, _ action: MessageAction, _ exchange: Exchange, caller: Caller
    ) throws(GraphFailure) -> Reply {
        try caller.checkAccess(caller.may("Mail.ReadWrite"))
        let view = try MessageView(exchange, caller: caller)
        let draft = newMessage(try answerContent(id, action, exchange, caller: caller), isDraft: true, at: now)
        return view.entity(store(draft, of: caller.mailbox, in: "drafts"), exchange, status: 201)
    }

    private mutating func answerContent(
        _ id: String, _ action: MessageAction, _ exchange: Exchange, caller: Caller
    ) throws(GraphFailure) -> MessageContent {
        try checkMailbox(caller)
        let original = withMailbox(caller.mailbox) { mailbox, _ in mailbox.message(id) }
        guard let original else { throw .itemNotFound }
        let json = try Self.object(exchange)
        let comment = json["comment"]?.string
        let message = json["message"].flatMap { $0.isNull ? nil : $0 }
        if comment != nil, message?["body"] != nil {
            throw GraphFailure(
                400, "ErrorInvalidRequest", "Comment and the body of the message cannot both be specified.")
        }
        var content = MessageContent()
        content.inReplyTo = original.internetMessageID
        content.references = original.content.references + [original.internetMessageID]
        let isForward = action == .forward || action == .createForward
        let own = caller.mailbox.primaryAddress.lowercased()
        content.subject = Self.prefixed(original.content.subject, with: isForward ? "FW: " : "RE: ")
        if isForward {
            content.attachments = original.content.attachments
        } else {
            // The original's Reply-To wins over its sender.
            let author = original.content.from.map { [$0] } ?? []
            content.to = original.content.replyTo.isEmpty ? author : original.content.replyTo
            if action == .replyAll || action == .createReplyAll {
                let others = original.content.to.filter { other in
                    !content.to.contains { $0.address.lowercased() == other.address.lowercased() }
                }
                content.to += others.filter { $0.address.lowercased() != own }
                content.cc = original.content.cc.filter { $0.address.lowercased() != own }
            }
        }
        content.isHTML = true
        content.body = Self.quoting(original, under: comment ?? "")
        if let recipients = json["toRecipients"], !recipients.isNull {
            try content.apply(.object(["toRecipients": recipients]))
        }
        if let message { try content.apply(message) }
        return try signed(content, caller: caller)
    }

    private static func prefixed(_ subject: String, with prefix: String) -> String {
        subject.uppercased().hasPrefix(prefix) ? subject : prefix + subject
    }

    private static func quoting(_ original: Message, under comment: String) -> String {
        let text = original.content.isHTML ? original.content.body : Message.escaped(original.content.body)
        let from = original.content.from.map { Message.escaped("\($0.name) <\($0.address)>") } ?? ""
        return "<html><body><div>\(Message.escaped(comment))</div><hr><div><b>From:</b> \(from)<br>"
            + "<b>Sent:</b> \(Timestamp.mail(original.sentAt))<br>"
            + "<b>Subject:</b> \(Message.escaped(original.content.subject))</div><div>\(text)</div></body></html>"
    }
}
