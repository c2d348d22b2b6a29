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
        try checkRecipients(message)
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

    // MARK: Delivery

    private func checkRecipients(_ message: Message) throws(GraphFailure) {
        guard !message.content.recipients.isEmpty else {
            throw GraphFailure(400, "ErrorInvalidRecipients", "At least one recipient is required.")
        }
    }

    /// Takes over a message for sending: notes it in the journal, keeps a copy in Sent Items, and delivers it to every
    /// recipient in the simulator. Other addresses are accepted and ignored.
    mutating func submit(
        _ message: Message, from sender: Account, by call: Submission.Call, savesCopy: Bool
    ) throws(GraphFailure) {
        try checkRecipients(message)
        submissions[sender.id, default: []].append(Submission(message, by: call, at: now))
        if savesCopy, !behaviours.savesNoSentCopies {
            plan(.sentCopy(message, of: sender.id), after: TimeInterval(behaviours.sentItemsDelaySeconds))
        }
        var content = message.content
        // Recipients see neither blind copies nor the sender's own properties.
        content.bcc = []
        content.extendedProperties = [:]
        let travelling =
            behaviours.replacesMessageID
            ? "<\(random.word(48))@simulator.prod.outlook.com>" : message.internetMessageID
        var seen: Set<AccountID> = []
        for recipient in message.content.recipients {
            guard let owner = directory.mailboxOwner(of: recipient.address), hasMailbox(owner),
                seen.insert(owner.id).inserted
            else { continue }
            let arrival = Arrival(
                owner: owner.id, content: content, internetMessageID: travelling, sentAt: message.sentAt)
            plan(.arrival(arrival), after: TimeInterval(behaviours.deliveryDelaySeconds))
        }
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
