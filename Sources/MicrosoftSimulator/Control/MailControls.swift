package import Foundation
import HTTPTypes
import Synchronization

/// A mail from outside, as a control request describes it.
package struct IncomingMail: Sendable {
    package var from: String
    package var fromName: String?
    /// By default the mailbox's own address.
    package var to: [String] = []
    package var cc: [String] = []
    package var subject = ""
    package var body = ""
    package var isHTML = false
    /// In order. `Message-ID`, `In-Reply-To`, `References` and `Reply-To` take effect like those of any mail.
    package var headers: [(name: String, value: String)] = []
    /// A well-known name or an id; nil for the place that the rules for placement find.
    package var folder: String?
    /// By default now.
    package var receivedAt: Date?
    package var isRead = false
    package var itemClass = "IPM.Note"

    package init(from: String) {
        self.from = from
    }
}

/// A message in a mailbox, for tests that count copies.
package struct MailboxItem: Sendable, Equatable {
    package let id: String
    package let immutableID: String
    /// The well-known name.
    package let folder: String
    package let subject: String
    package let from: String
    package let internetMessageID: String
    package let conversationID: String
    package let itemClass: String
    package let receivedAt: Date
    package let isDraft: Bool
    package let isRead: Bool
    /// The headers that `internetMessageHeaders` shows. If a name occurs twice, the first value; names in lower case.
    package let headers: [String: String]
    /// By id, in the form that Graph returns.
    package let extendedProperties: [String: String]

    init(_ message: Message, in mailbox: Mailbox) {
        id = message.id
        immutableID = message.immutableID
        folder = mailbox.folder(message.folder)?.name ?? message.folder
        subject = message.content.subject
        from = message.content.from?.address ?? ""
        internetMessageID = message.internetMessageID
        conversationID = message.conversationID
        itemClass = message.itemClass
        receivedAt = message.receivedAt
        isDraft = message.isDraft
        isRead = message.isRead
        headers = Dictionary(message.headers.map { ($0.name.lowercased(), $0.value) }) { first, _ in first }
        extendedProperties = Dictionary(
            message.content.extendedProperties.map { ($0.key.text, $0.value) }
        ) { first, _ in first }
    }
}

extension SimulatorState {
    mutating func receive(_ mail: IncomingMail, for owner: Account) -> Message? {
        var content = MessageContent()
        content.subject = mail.subject
        content.body = mail.body
        content.isHTML = mail.isHTML
        content.from = Recipient(name: mail.fromName ?? mail.from, address: mail.from)
        let to = mail.to.isEmpty ? [owner.primaryAddress] : mail.to
        content.to = to.map { Recipient(name: $0, address: $0) }
        content.cc = mail.cc.map { Recipient(name: $0, address: $0) }
        for (name, value) in mail.headers {
            switch name.lowercased() {
            case "message-id": content.internetMessageID = value
            case "in-reply-to": content.inReplyTo = value
            case "references": content.references = MessageContent.messageIDs(value)
            case "reply-to": content.replyTo = [Recipient(name: value, address: value)]
            case let lower where lower.hasPrefix("x-"): content.headers.append(.init(name: name, value: value))
            default: content.standardHeaders.append(.init(name: name, value: value))
            }
        }
        let domain = Self.domain(of: mail.from) ?? "example.com"
        var arrival = Arrival(
            owner: owner.id, content: content,
            internetMessageID: content.internetMessageID ?? "<\(random.word(24))@\(domain)>",
            sentAt: mail.receivedAt ?? now)
        arrival.folder = mail.folder
        arrival.receivedAt = mail.receivedAt
        arrival.isRead = mail.isRead
        arrival.itemClass = mail.itemClass
        return receive(arrival, at: now)
    }
}

extension MicrosoftSimulator {
    /// Puts a mail from outside into a mailbox. Nil if there is no such mailbox or folder.
    @discardableResult
    package func deliver(_ mail: IncomingMail, to address: String) -> MailboxItem? {
        defer { wakes.wake() }
        return state.withLock { state in
            state.settle()
            guard let owner = state.directory.mailboxOwner(of: address),
                mail.folder.map({ name in state.withMailbox(owner) { mailbox, _ in mailbox.folder(name) } != nil })
                    ?? true,
                let message = state.receive(mail, for: owner), let mailbox = state.mailboxes[owner.id]
            else { return nil }
            return MailboxItem(message, in: mailbox)
        }
    }

    /// The messages of all folders in the order of arrival, deleted ones in Deleted Items included.
    package func mail(in address: String) -> [MailboxItem] {
        guard let mailbox = mailbox(of: address) else { return [] }
        return mailbox.messages.map { MailboxItem($0, in: mailbox) }
    }

    /// The messages of a mailbox as Graph shows them, with more members, in the order of arrival.
    package func messages(of address: String) -> [JSON] {
        guard let mailbox = mailbox(of: address) else { return [] }
        return mailbox.messages.map { message in
            var shown = message.json(immutable: false, asText: true)
            shown["folder"] = .text(mailbox.folder(message.folder)?.name)
            shown["immutableId"] = .string(message.immutableID)
            shown["itemClass"] = .string(message.itemClass)
            let properties = message.content.extendedProperties.map { ($0.key.text, JSON.string($0.value)) }
            shown["extendedProperties"] = .object(Dictionary(properties) { first, _ in first })
            return JSON.object(shown)
        }
    }

    /// What the mailbox handed over for sending, in order.
    package func submissions(of address: String) -> [Submission] {
        state.withLock { state in
            state.directory.account(named: address).flatMap { state.submissions[$0.id] } ?? []
        }
    }

    /// Makes all delta tokens of the mailbox invalid. Returns false for an unknown address.
    @discardableResult
    package func expireDeltaTokens(of address: String) -> Bool {
        state.withLock { state in
            guard let account = state.directory.account(named: address) else { return false }
            state.withMailbox(account) { mailbox, _ in mailbox.deltaEpoch += 1 }
            return true
        }
    }

    private func mailbox(of address: String) -> Mailbox? {
        state.withLock { state in
            state.settle()
            return state.directory.account(named: address).flatMap { state.mailboxes[$0.id] }
        }
    }

    // MARK: HTTP

    /// `/simulator/accounts/{address}/messages`
    func messages(_ exchange: Exchange, _ address: String) throws(ControlFailure) -> Reply {
        switch exchange.method {
        case .get: return .json(["messages": .array(messages(of: address))])
        case .post:
            let mail = try IncomingMail(exchange.body)
            guard account(address) != nil else { throw unknown("address", address) }
            guard let item = deliver(mail, to: address) else { throw unknown("folder", mail.folder ?? "inbox") }
            return .json(item.json, status: 201)
        default: throw ControlFailure(status: 405, field: nil, message: "Use GET or POST.")
        }
    }

    /// `/simulator/accounts/{address}/submissions`
    func submissions(_ address: String) throws(ControlFailure) -> Reply {
        guard account(address) != nil else { throw unknown("address", address) }
        let list = submissions(of: address)
        let calls = Dictionary(list.map { ($0.call.rawValue, 1) }, uniquingKeysWith: +)
        return .json([
            "count": .integer(list.count),
            "calls": .object(calls.mapValues(JSON.integer)),
            "submissions": .array(list.map(\.json)),
        ])
    }

    /// `/simulator/accounts/{address}/delta/expire`
    func expireDelta(_ address: String) throws(ControlFailure) -> Reply {
        guard expireDeltaTokens(of: address) else { throw unknown("address", address) }
        return .json(["address": .string(address)])
    }
}

extension IncomingMail {
    init(_ body: Data) throws(ControlFailure) {
        let fields = try ControlFields(
            body,
            allowed: [
                "from", "fromName", "to", "cc", "subject", "body", "html", "headers", "folder", "receivedAt", "isRead",
                "itemClass",
            ])
        self.init(from: try fields.address("from"))
        fromName = try fields.string("fromName")
        to = try fields.strings("to") ?? []
        cc = try fields.strings("cc") ?? []
        subject = try fields.string("subject") ?? ""
        self.body = try fields.string("body") ?? ""
        isHTML = try fields.bool("html") ?? false
        for entry in fields.object("headers")?.array ?? [] {
            guard let name = entry["name"]?.string, let value = entry["value"]?.string else {
                throw fields.wrong("headers", "an array of objects with name and value")
            }
            headers.append((name, value))
        }
        folder = try fields.string("folder")
        if let text = try fields.string("receivedAt") {
            guard let date = Timestamp.parse(text) else { throw fields.wrong("receivedAt", "an ISO 8601 time") }
            receivedAt = date
        }
        isRead = try fields.bool("isRead") ?? false
        itemClass = try fields.string("itemClass") ?? "IPM.Note"
    }
}

extension MailboxItem {
    var json: JSON {
        [
            "id": .string(id), "immutableId": .string(immutableID), "folder": .string(folder),
            "subject": .string(subject), "internetMessageId": .string(internetMessageID),
            "conversationId": .string(conversationID), "receivedDateTime": .string(Timestamp.graph(receivedAt)),
        ]
    }
}

extension Submission {
    var json: JSON {
        [
            "time": .string(Timestamp.graph(time)), "call": .string(call.rawValue), "subject": .string(subject),
            "internetMessageId": .string(internetMessageID), "recipients": .array(recipients.map(JSON.string)),
            "headers": .object(headers.mapValues(JSON.string)),
            "extendedProperties": .object(extendedProperties.mapValues(JSON.string)),
        ]
    }
}
