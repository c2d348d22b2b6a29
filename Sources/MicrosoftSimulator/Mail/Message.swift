import Foundation

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
    var folder = ""
    var createdAt: Date
    var modifiedAt: Date
    var receivedAt: Date
    var sentAt: Date
    var internetMessageID: String
    var conversationID: String
    var content: MessageContent
    var isRead: Bool
    var isDraft: Bool
    /// Whether it came by mail: then all its headers can be read, otherwise only those that the sender set.
    var isReceived = false
    /// Whether a script wrote it; scripts do not answer each other.
    var isScripted = false
    /// What the receiving server added, such as its verdict on spam.
    var receivedHeaders: [Header] = []
    /// The message class, MAPI's `PidTagMessageClass`.
    var itemClass = "IPM.Note"
    var categories: [String] = []
    var flagStatus = "notFlagged"
    var inferenceClassification = "focused"

    // Set by the mailbox.
    /// The mailbox's version at the last change, and at the arrival in the folder.
    var version = 0
    var arrivedAt = 0
    /// Its place in the mailbox, which never changes.
    var position = 0

    /// Automatic replies inside one organisation are in no delta and in no folder's list, only `$search` and the internet
    /// message id find them.
    var isHidden: Bool { itemClass.hasPrefix("IPM.Note.Rules.OofTemplate") }

    func id(immutable: Bool) -> String { immutable ? immutableID : id }

    /// The value of a MAPI property: one of the message's own, or one that was set.
    func property(_ id: PropertyID) -> String? {
        switch id {
        case .itemClass: itemClass
        case .subject: content.subject
        case .internetMessageID: internetMessageID
        case .inReplyTo: content.inReplyTo
        case .references: content.references.isEmpty ? nil : content.references.joined(separator: " ")
        default: content.extendedProperties[id]
        }
    }
}

/// The part of a message that the sender writes.
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
    /// The custom headers, `x-...`.
    var headers: [Message.Header] = []
    /// Other headers that travel with the message, such as `List-Unsubscribe`.
    var standardHeaders: [Message.Header] = []
    /// What the sender wants to be the Message-ID; nil for Exchange's choice.
    var internetMessageID: String?
    /// The Message-ID of the message that this one answers.
    var inReplyTo: String?
    /// The Message-IDs of the conversation so far, oldest first.
    var references: [String] = []
    /// These stay in the sender's copy and do not travel.
    var extendedProperties: [PropertyID: String] = [:]
    var attachments: [Attachment] = []
    var isOutOfOffice = false
    /// What a report of failed delivery says; nil for mail.
    var report: DeliveryReport?

    var recipients: [Recipient] { to + cc + bcc }

    /// The Message-IDs that this message refers to, nearest first.
    var ancestors: [String] {
        var ids = references.reversed().map { $0 }
        if let inReplyTo { ids.insert(inReplyTo, at: 0) }
        return ids
    }

    /// Sets a MAPI property. Those that stand for a header become one.
    mutating func set(_ value: String, for id: PropertyID) {
        switch id {
        case .inReplyTo: inReplyTo = value
        case .references: references = Self.messageIDs(value)
        case .listUnsubscribe: standardHeaders.append(Message.Header(name: "List-Unsubscribe", value: value))
        case .internetMessageID: internetMessageID = value
        default: extendedProperties[id] = value
        }
    }

    /// The ids of a `References` header.
    static func messageIDs(_ text: String) -> [String] {
        text.split { $0.isWhitespace }.map(String.init)
    }
}
