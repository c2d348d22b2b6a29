import Foundation

/// Sending and drafts.
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
        try deliver(try signed(content, caller: caller), from: caller.mailbox, savesCopy: savesCopy)
        return .empty(202)
    }

    mutating func createDraft(_ exchange: Exchange, caller: Caller) throws(GraphFailure) -> Reply {
        try caller.checkAccess(caller.may("Mail.ReadWrite"))
        try checkMailbox(caller)
        guard let json = try? JSON(parsing: exchange.body) else {
            throw GraphFailure(400, "RequestBodyRead", "The body is not JSON.")
        }
        let content = try signed(try MessageContent(json), caller: caller)
        let view = try MessageView(exchange, select: nil, caller: caller)
        let draft = store(newMessage(content, isDraft: true, isRead: true), of: caller.mailbox, in: "drafts")
        return view.noting(view.entity(draft, exchange, status: 201))
    }

    /// Flags and categories can always be changed, the content only in a draft.
    mutating func updateMessage(_ id: String, _ exchange: Exchange, caller: Caller) throws(GraphFailure) -> Reply {
        try caller.checkAccess(caller.may("Mail.ReadWrite"))
        try checkMailbox(caller)
        guard let json = try? JSON(parsing: exchange.body), let members = json.object else {
            throw GraphFailure(400, "RequestBodyRead", "The body is not JSON.")
        }
        let view = try MessageView(exchange, select: nil, caller: caller)
        guard let known = withMailbox(caller.mailbox, { mailbox, _ in mailbox.message(id) }) else {
            throw .itemNotFound
        }
        let always = [
            "isread", "importance", "categories", "flag", "inferenceclassification", "singlevalueextendedproperties",
        ]
        let isPlain = members.keys.allSatisfy { always.contains($0.lowercased()) }
        guard known.isDraft || isPlain else { throw .accessDenied }
        var content = known.content
        try content.apply(json)
        let changed = withMailbox(caller.mailbox) { mailbox, random in
            mailbox.update(id) { message in
                message.content = content
                message.changeKey = random.word(40)
                if let value = json["isRead"]?.lenientBool { message.isRead = value }
                if let value = json["categories"]?.array { message.categories = value.compactMap(\.string) }
                if let value = json["flag"]?["flagStatus"]?.string { message.flagStatus = value }
                if let value = json["inferenceClassification"]?.string { message.inferenceClassification = value }
            }
            return mailbox.message(id)
        }
        return view.noting(view.entity(changed ?? known, exchange, status: 200))
    }

    /// The draft becomes the Sent Items copy, with a new regular id and the same immutable one.
    mutating func sendDraft(_ id: String, caller: Caller) throws(GraphFailure) -> Reply {
        try caller.checkAccess(caller.may("Mail.Send"))
        try checkMailbox(caller)
        guard let draft = withMailbox(caller.mailbox, { mailbox, _ in mailbox.message(id) }), draft.isDraft else {
            throw .itemNotFound
        }
        try deliver(draft.content, from: caller.mailbox, savesCopy: false, as: draft)
        let now = now
        withMailbox(caller.mailbox) { mailbox, random in
            let sent = mailbox.folder("sentitems")?.id ?? draft.folder
            mailbox.update(id) { message in
                message.id = "AAMkAG\(random.word(144))="
                message.isDraft = false
                message.folder = sent
                message.sentAt = now
                message.receivedAt = now
            }
        }
        return .empty(202)
    }

    // MARK: Delivery

    /// Fills in the sender: the mailbox itself, or one that the caller may send as or on behalf of.
    private func signed(_ content: MessageContent, caller: Caller) throws(GraphFailure) -> MessageContent {
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

    /// Puts a copy into the mailbox of every recipient in the simulator, and one into Sent Items. Other addresses are accepted
    /// and ignored.
    private mutating func deliver(
        _ content: MessageContent, from sender: Account, savesCopy: Bool, as draft: Message? = nil
    ) throws(GraphFailure) {
        guard !content.recipients.isEmpty else {
            throw GraphFailure(400, "ErrorInvalidRecipients", "At least one recipient is required.")
        }
        var message = draft ?? newMessage(content, isDraft: false, isRead: true)
        message.isDraft = false
        message.sentAt = now
        message.receivedAt = now
        if savesCopy { _ = store(message, of: sender, in: "sentitems") }

        var seen: Set<AccountID> = []
        // Recipients do not see blind copies.
        message.content.bcc = []
        message.isRead = false
        for recipient in content.recipients {
            guard let owner = directory.mailboxOwner(of: recipient.address), hasMailbox(owner),
                seen.insert(owner.id).inserted
            else {
                continue
            }
            _ = store(renewed(message), of: owner, in: "inbox")
        }
    }

    private mutating func newMessage(_ content: MessageContent, isDraft: Bool, isRead: Bool) -> Message {
        Message(
            id: "AAMkAG\(random.word(144))=",
            immutableID: "AAkALg\(random.word(120))=",
            changeKey: random.word(40),
            folder: "",
            createdAt: now,
            receivedAt: now,
            sentAt: now,
            internetMessageID: "<\(random.word(48))@simulator.prod.outlook.com>",
            conversationID: "AAQkAG\(random.word(64))=",
            content: content,
            isRead: isRead,
            isDraft: isDraft
        )
    }

    /// The same message with the ids of another mailbox.
    private mutating func renewed(_ message: Message) -> Message {
        var copy = newMessage(message.content, isDraft: false, isRead: false)
        copy.internetMessageID = message.internetMessageID
        copy.sentAt = message.sentAt
        return copy
    }

    private mutating func store(_ message: Message, of account: Account, in folder: String) -> Message {
        withMailbox(account) { mailbox, _ in
            var placed = message
            placed.folder = mailbox.folder(folder)?.id ?? ""
            mailbox.add(placed)
            return placed
        }
    }
}
