import Foundation

/// A mailbox: folders and messages.
struct Mailbox: Sendable {
    struct Folder: Sendable {
        let id: String
        /// The well-known name, which paths accept in place of the id.
        let name: String
        let displayName: String
    }

    let folders: [Folder]
    /// In order of arrival.
    private(set) var messages: [Message] = []
    private var positions: [String: Int] = [:]

    init(random: inout SeededGenerator) {
        folders = [
            ("inbox", "Inbox"), ("drafts", "Drafts"), ("sentitems", "Sent Items"), ("deleteditems", "Deleted Items"),
            ("junkemail", "Junk Email"), ("archive", "Archive"), ("outbox", "Outbox"),
        ].map { Folder(id: "AAMkAG\(random.word(106))=", name: $0.0, displayName: $0.1) }
    }

    func folder(_ name: String) -> Folder? {
        folders.first { $0.id == name || $0.name == name.lowercased() }
    }

    /// By regular or immutable id. Ids are case-sensitive.
    func message(_ id: String) -> Message? {
        positions[id].map { messages[$0] }
    }

    mutating func add(_ message: Message) {
        positions[message.id] = messages.count
        positions[message.immutableID] = messages.count
        messages.append(message)
    }

    /// Changes a message. A move gives it a new regular id; the immutable one stays.
    mutating func update(_ id: String, _ change: (inout Message) -> Void) {
        guard let position = positions[id] else { return }
        positions[messages[position].id] = nil
        change(&messages[position])
        positions[messages[position].id] = position
    }
}

/// A name and address as Graph writes them.
struct Recipient: Sendable, Hashable {
    var name: String
    var address: String

    var json: JSON {
        ["emailAddress": ["name": .string(name), "address": .string(address)]]
    }
}

/// A message in one mailbox.
struct Message: Sendable {
    struct Header: Sendable, Hashable {
        let name: String
        let value: String
    }

    var id: String
    let immutableID: String
    var changeKey: String
    /// A folder's id.
    var folder: String
    var createdAt: Date
    var receivedAt: Date
    var sentAt: Date
    var internetMessageID: String
    var conversationID: String
    var content: MessageContent
    var isRead: Bool
    var isDraft: Bool
    var categories: [String] = []
    var flagStatus = "notFlagged"
    var inferenceClassification = "focused"
}

/// The part of a message that the sender writes and that is the same in every mailbox.
struct MessageContent: Sendable {
    var subject = ""
    var isHTML = false
    var body = ""
    var importance = "normal"
    var from: Recipient?
    var to: [Recipient] = []
    var cc: [Recipient] = []
    var bcc: [Recipient] = []
    var replyTo: [Recipient] = []
    var headers: [Message.Header] = []
    /// By property id, `String 0x1042`.
    var extendedProperties: [String: String] = [:]
    var attachments: [JSON] = []

    var recipients: [Recipient] { to + cc + bcc }
}
