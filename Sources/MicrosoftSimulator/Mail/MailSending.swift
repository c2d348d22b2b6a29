import Foundation

/// Sending, and delivery inside the simulator.
extension SimulatorState {
    /// Answers 202 with an empty body: accepted, not yet delivered, without an id.
    mutating func sendMail(_ exchange: Exchange, caller: Caller) throws(GraphFailure) -> Reply {
        try caller.checkAccess(caller.may("Mail.Send"))
        try checkMailbox(caller)
        var savesCopy = true
        let content: MessageContent
        if exchange.contentType == "text/plain" {
            content = try MessageContent(mime: exchange.body)
        } else {
            guard let json = try? JSON(parsing: exchange.body), let message = json["message"] else {
                throw GraphFailure(400, "ErrorInvalidRequest", "The request is invalid: 'message' is missing.")
            }
            content = try MessageContent(message)
            if let flag = json["saveToSentItems"], !flag.isNull {
                guard let value = flag.lenientBool else {
                    throw GraphFailure(400, "RequestBodyRead", "Cannot convert 'SaveToSentItems' to a boolean.")
                }
                savesCopy = value
            }
        }
        let message = newMessage(try signed(content, caller: caller), isDraft: false, at: now)
        try submit(message, from: caller.mailbox, by: .sendMail, savesCopy: savesCopy)
        return .empty(202)
    }

    /// The draft leaves Drafts, and a copy appears in Sent Items: mostly a new message with ids of its own, which has the
    /// draft's internet message id, conversation and extended properties.
    mutating func sendDraft(_ id: String, caller: Caller) throws(GraphFailure) -> Reply {
        try caller.checkAccess(caller.may("Mail.Send"))
        try checkMailbox(caller)
        guard let draft = withMailbox(caller.mailbox, { mailbox, _ in mailbox.message(id) }), draft.isDraft else {
            throw .itemNotFound
        }
        let keepsID = behaviours.immutableIDSurvivesSending
        var message = Message(
            id: random.messageID(),
            immutableID: keepsID ? draft.immutableID : random.immutableMessageID(),
            changeKey: random.word(40),
            createdAt: keepsID ? draft.createdAt : now,
            modifiedAt: now,
            receivedAt: now,
            sentAt: now,
            internetMessageID: draft.internetMessageID,
            conversationID: draft.conversationID,
            content: draft.content,
            isRead: true,
            isDraft: false
        )
        message.categories = draft.categories
        message.flagStatus = draft.flagStatus
        try checkSubmission(message, from: caller.mailbox)
        remove(draft.id, of: caller.mailbox, telling: .folderOnly)
        try submit(message, from: caller.mailbox, by: .send, savesCopy: true)
        return .empty(202)
    }

    // MARK: Sender

    /// Fills in the sender: the mailbox itself, or one that the caller may send as or on behalf of.
    func signed(_ content: MessageContent, caller: Caller) throws(GraphFailure) -> MessageContent {
        var content = content
        let address = content.from?.address ?? caller.mailbox.primaryAddress
        guard let author = author(address, caller: caller) else { throw .known("ErrorSendAsDenied", status: nil) }
        content.from = Recipient(name: author.displayName, address: address)
        return content
    }

    /// The account named as the sender; nil if the caller may not use it.
    private func author(_ address: String, caller: Caller) -> Account? {
        let isOwn = address.lowercased() == caller.account.primaryAddress.lowercased()
        guard let owner = isOwn ? caller.account : directory.mailboxOwner(of: address) else { return nil }
        if owner.id == caller.account.id { return owner }
        let permissions = delegations.permissions(of: caller.account.id, on: owner.id)
        let isDelegate = !permissions.isDisjoint(with: [.sendAs, .sendOnBehalf])
        return isDelegate && caller.scopes.contains("mail.send.shared") ? owner : nil
    }

    // MARK: Handing over

    /// Takes over a message for sending: notes it in the journal, keeps a copy in Sent Items, and sends it on its way.
    mutating func submit(
        _ message: Message, from sender: Account, by call: Submission.Call, savesCopy: Bool
    ) throws(GraphFailure) {
        try checkSubmission(message, from: sender)
        quotas.note(recipients: message.content.recipients.count, of: sender.id, at: now)
        submissions[sender.id, default: []].append(Submission(message, by: call, at: now))
        if savesCopy, !behaviours.savesNoSentCopies {
            plan(.sentCopy(message, of: sender.id), after: TimeInterval(behaviours.sentItemsDelaySeconds), from: now)
        }
        dispatch(message, from: sender, at: now)
    }

    /// Puts the copy of a sent message into Sent Items.
    mutating func keepSentCopy(_ message: Message, of sender: AccountID, at date: Date) {
        guard let account = directory.account(sender) else { return }
        var copy = message
        copy.receivedAt = message.sentAt
        copy.modifiedAt = date
        store(copy, of: account, in: "sentitems")
    }
}
