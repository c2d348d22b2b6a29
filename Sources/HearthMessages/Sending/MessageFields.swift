import Foundation
import HearthGraphMail
import HearthRules
import HearthWeb
import StrictJSON

/// A message as a partner asks for it.
struct RequestedMessage: Sendable {
    let content: GraphMessage
    /// Nil to send it now.
    let sendAt: Date?

    /// The maximum number of recipients of one message that Exchange Online allows by default. Source: "Exchange Online
    /// limits" at Microsoft Learn.
    static let maximumRecipients = 500
    /// In bytes. A request of the API has at most 256 KiB.
    private static let maximumBody = 200_000
    /// How far in the future a message may be scheduled, in seconds.
    private static let horizon: TimeInterval = 365 * 86_400

    /// - Throws: 400 `VALIDATION_FAILED` with every problem.
    init(_ body: ParsedBody, at now: Date) throws {
        var fields = Fields(body)
        let to = fields.recipients("to", required: true)
        let cc = fields.recipients("cc")
        let bcc = fields.recipients("bcc")
        let replyTo = fields.recipients("reply_to", or: "replyTo")
        if to.count + cc.count + bcc.count > Self.maximumRecipients {
            fields.problem("to", "must have at most \(Self.maximumRecipients) recipients together with cc and bcc")
        }
        let subject = fields.string("subject", required: true, length: 1...255)
        let text = fields.text("text", limit: Self.maximumBody)
        let html = fields.text("html", limit: Self.maximumBody)
        if (text == nil) == (html == nil) {
            fields.problem("text", "is required, unless html is sent; a message has one of the two")
        }
        let importance = fields.choice("importance", as: GraphMessage.Importance.self)
        let headers = fields.headers("headers")
        let sendAt = fields.timestamp("send_at", or: "sendAt")
        if let sendAt, sendAt > now.addingTimeInterval(Self.horizon) {
            fields.problem("send_at", "must be within a year")
        }
        try fields.validated()
        var content = GraphMessage(
            subject: subject ?? "", body: html.map(GraphMessage.Body.html) ?? .text(text ?? ""), to: to)
        content.cc = cc
        content.bcc = bcc
        content.replyTo = replyTo
        content.importance = importance ?? .normal
        content.headers = headers
        self.content = content
        self.sendAt = sendAt
    }
}

extension Fields {
    /// Reads recipients: a list of addresses, or of objects with `address` and `name`; or one address.
    mutating func recipients(_ name: String, or alias: String? = nil, required: Bool = false) -> [MailRecipient] {
        guard let found = find(name, or: [alias], required: required, isList: true) else { return [] }
        // Forms send empty fields for missing values.
        if found.value.asString?.trimmingWhitespace().isEmpty == true {
            if required { problem(found.name, "is required") }
            return []
        }
        let elements = found.value.elements ?? [found.value]
        guard elements.count <= RequestedMessage.maximumRecipients else {
            problem(found.name, "must have at most \(RequestedMessage.maximumRecipients) elements")
            return []
        }
        var recipients: [MailRecipient] = []
        // Forms send empty elements, too.
        for (index, element) in elements.enumerated() where element.asString?.trimmingWhitespace().isEmpty != true {
            let field = elements.count == 1 && found.value.asArray == nil ? found.name : "\(found.name)[\(index)]"
            guard let address = element.asString ?? element.asObject?["address"]?.asString else {
                problem(field, "must be an address, or an object with an address")
                continue
            }
            let display = element.asObject?["name"]?.asString?.trimmingWhitespace()
            if let character = display?.refusedCharacter { problem("\(field).name", character.words) }
            if let display, display.unicodeScalars.count > 255 {
                problem("\(field).name", "must be at most 255 characters")
            }
            do {
                let checked = try EmailAddress(address)
                recipients.append(
                    MailRecipient(name: display.flatMap { $0.isEmpty ? nil : $0 }, address: checked.text))
            } catch {
                problem(field, error.words)
            }
        }
        if required, recipients.isEmpty, !problems.contains(where: { $0.field.hasPrefix(found.name) }) {
            problem(found.name, "is required")
        }
        return recipients
    }

    /// Reads headers of the sender's own. Graph accepts at most five, whose names begin with `X-`.
    mutating func headers(_ name: String) -> [(name: String, value: String)] {
        guard let found = json(name, limit: 8_000), found.value.asString?.isEmpty != true else { return [] }
        guard let object = found.value.asObject else {
            problem(name, "must be an object of header names and values")
            return []
        }
        var headers: [(name: String, value: String)] = []
        for (header, value) in object {
            guard header.lowercased().hasPrefix("x-"), (3...64).contains(header.utf8.count),
                header.utf8.allSatisfy({ Self.isTokenCharacter($0) })
            else {
                problem(name, "must have names that begin with X- and consist of letters, digits and hyphens")
                continue
            }
            guard let text = value.asString, text.utf8.count <= 900,
                text.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
            else {
                problem("\(name).\(header)", "must be a string of at most 900 printable ASCII characters")
                continue
            }
            headers.append((header, text))
        }
        if object.count > 5 { problem(name, "must have at most 5 headers") }
        return headers
    }

    private static func isTokenCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
