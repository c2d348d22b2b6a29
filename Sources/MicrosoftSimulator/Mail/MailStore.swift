import Foundation

/// Every change to a mailbox's messages goes through here, so that subscribers hear of it.
extension SimulatorState {
    /// A message with ids of its own.
    mutating func newMessage(_ content: MessageContent, isDraft: Bool, at date: Date) -> Message {
        Message(
            id: random.messageID(),
            immutableID: random.immutableMessageID(),
            changeKey: random.word(40),
            createdAt: date,
            modifiedAt: date,
            receivedAt: date,
            sentAt: date,
            internetMessageID: content.internetMessageID ?? "<\(random.word(48))@simulator.prod.outlook.com>",
            conversationID: "AAQkAG\(random.word(64))=",
            content: content,
            isRead: true,
            isDraft: isDraft
        )
    }

    /// Puts a message into a folder, named by id or well-known name. It joins the conversation that it belongs to.
    @discardableResult
    mutating func store(_ message: Message, of account: Account, in folder: String) -> Message {
        let placed = withMailbox(account) { mailbox, _ in
            var placed = message
            placed.folder = mailbox.folder(folder)?.id ?? mailbox.folders[0].id
            let relatives = [message.internetMessageID] + message.content.ancestors
            placed.conversationID = mailbox.conversation(ofAny: relatives) ?? message.conversationID
            return mailbox.add(placed)
        }
        if !placed.isHidden { publish(.created, placed, of: account) }
        return placed
    }

    /// Changes a message in its place. Nil if it is not there.
    @discardableResult
    mutating func change(
        _ id: String, of account: Account, _ change: (inout Message) -> Void
    ) -> Message? {
        let now = now
        let changed = withMailbox(account) { mailbox, random in
            let key = random.word(40)
            return mailbox.update(id) { message in
                change(&message)
                message.changeKey = key
                message.modifiedAt = now
            }
        }
        if let changed { publish(.updated, changed, of: account) }
        return changed
    }

    /// Moves a message to another folder. A subscription to the whole mailbox hears of it as created; one to the folder that
    /// it leaves, as deleted.
    ///
    /// - Parameter isDeletion: for subscriptions to the whole mailbox the message counts as deleted instead.
    mutating func move(
        _ id: String, to folder: Mailbox.Folder, of account: Account, isDeletion: Bool = false
    ) -> Message? {
        let (before, after) = withMailbox(account) { mailbox, random in
            let newID = random.messageID()
            return (mailbox.message(id), mailbox.move(id, to: folder.id, newID: newID))
        }
        guard let before, let after else { return nil }
        publish(.deleted, before, of: account, to: isDeletion ? .everybody : .folderOnly)
        publish(.created, after, of: account, to: isDeletion ? .folderOnly : .everybody)
        return after
    }

    /// Removes a message for good.
    @discardableResult
    mutating func remove(_ id: String, of account: Account, telling audience: ChangeAudience = .everybody) -> Message? {
        let removed = withMailbox(account) { mailbox, _ in mailbox.remove(id) }
        if let removed { publish(.deleted, removed, of: account, to: audience) }
        return removed
    }
}

extension SeededGenerator {
    mutating func messageID() -> String { "AAMkAG\(word(144))=" }

    mutating func immutableMessageID() -> String { "AAkALg\(word(120))=" }
}
