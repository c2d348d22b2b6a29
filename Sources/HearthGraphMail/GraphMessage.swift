package import Foundation
import HearthRules
import StrictJSON

/// A name, if known, and an address.
package struct MailRecipient: Sendable, Equatable {
    package let name: String?
    package let address: String

    package init(name: String?, address: String) {
        self.name = name
        self.address = address
    }

    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.object("emailAddress") { json in
                json.member("address", address)
                if let name { json.member("name", name) }
            }
        }
    }

    /// - Parameter json: a `recipient` of Graph; nil if it has no address.
    init?(_ json: JSONValue?) {
        guard let inner = json?.asObject?["emailAddress"]?.asObject, let address = inner["address"]?.asString else {
            return nil
        }
        self.init(name: inner["name"]?.asString, address: address)
    }
}

/// A message to be sent, as Graph takes it.
package struct GraphMessage: Sendable, Equatable {
    package enum Importance: String, Sendable, CaseIterable {
        case low, normal, high
    }

    package enum Body: Sendable, Equatable {
        case text(String)
        case html(String)
    }

    package var subject: String
    package var body: Body
    package var to: [MailRecipient]
    package var cc: [MailRecipient] = []
    package var bcc: [MailRecipient] = []
    package var replyTo: [MailRecipient] = []
    package var importance = Importance.normal
    /// Names begin with `X-`. Graph accepts at most five.
    package var headers: [(name: String, value: String)] = []

    package var recipients: [MailRecipient] { to + cc + bcc }

    package init(subject: String, body: Body, to: [MailRecipient]) {
        self.subject = subject
        self.body = body
        self.to = to
    }

    package static func == (left: GraphMessage, right: GraphMessage) -> Bool {
        left.subject == right.subject && left.body == right.body && left.to == right.to && left.cc == right.cc
            && left.bcc == right.bcc && left.replyTo == right.replyTo && left.importance == right.importance
            && left.headers.elementsEqual(right.headers, by: ==)
    }

    func write(to json: inout JSONWriter, stamp: MessageStamp) {
        json.object { json in
            json.member("subject", subject)
            json.object("body") { json in
                switch body {
                case .text(let content):
                    json.member("contentType", "Text")
                    json.member("content", content)
                case .html(let content):
                    json.member("contentType", "HTML")
                    json.member("content", content)
                }
            }
            for (name, recipients) in [
                ("toRecipients", to), ("ccRecipients", cc), ("bccRecipients", bcc), ("replyTo", replyTo),
            ] where !recipients.isEmpty {
                json.array(name) { json in
                    for recipient in recipients { recipient.write(to: &json) }
                }
            }
            json.member("importance", importance.rawValue)
            if !headers.isEmpty {
                json.array("internetMessageHeaders") { json in
                    for header in headers {
                        json.object { json in
                            json.member("name", header.name)
                            json.member("value", header.value)
                        }
                    }
                }
            }
            json.array("singleValueExtendedProperties") { json in
                json.object { json in
                    json.member("id", MessageStamp.property)
                    json.member("value", stamp.text)
                }
            }
        }
    }
}

/// A message as Graph shows it, with the members that Hearth reads.
package struct FoundMessage: Sendable, Equatable {
    package let id: String
    package let internetMessageID: String?
    package let conversationID: String?
    package let isDraft: Bool
    package let receivedAt: Date?
    package let subject: String?
    package let from: MailRecipient?
    package let stamp: MessageStamp?
    /// Exchange's class: `IPM.Note` for a message of a person, `REPORT.IPM.Note.NDR` for a report of a failure.
    package let itemClass: String?
    package let inReplyTo: String?
    package let references: String?

    /// The members that are read, for `$select`.
    static let selection = "id,internetMessageId,conversationId,isDraft,receivedDateTime,subject,from"

    /// The properties that are read, for `$expand`. Sources: PidTagMessageClass, PidTagInternetReferences and
    /// PidTagInReplyToId in "Exchange Server Protocols Master Property List" (MS-OXPROPS).
    static let expansion =
        "singleValueExtendedProperties($filter="
        + [MessageStamp.property, itemClassProperty, referencesProperty, inReplyToProperty]
        .map { "id eq '\($0)'" }.joined(separator: " or ") + ")"

    private static let itemClassProperty = "String 0x001A"
    private static let referencesProperty = "String 0x1039"
    private static let inReplyToProperty = "String 0x1042"

    /// Whether it is a report of a mail server that a message was not delivered.
    package var isFailureReport: Bool { itemClass?.lowercased().hasPrefix("report.ipm.note.ndr") == true }

    /// - Returns: nil if the message has no id.
    init?(_ json: JSONObject) {
        guard let id = json["id"]?.asString, !id.isEmpty else { return nil }
        self.id = id
        internetMessageID = json["internetMessageId"]?.asString
        conversationID = json["conversationId"]?.asString
        isDraft = json["isDraft"]?.asBool ?? false
        receivedAt = json["receivedDateTime"]?.asString.flatMap(Self.date)
        subject = json["subject"]?.asString
        from = MailRecipient(json["from"])
        let properties = (json["singleValueExtendedProperties"]?.asArray ?? []).compactMap(\.asObject)
        func property(_ id: String) -> String? {
            properties.first { $0["id"]?.asString.map(Self.normalized) == Self.normalized(id) }?["value"]?.asString
        }
        stamp = property(MessageStamp.property).flatMap(UUID.init).map(MessageStamp.init)
        itemClass = property(Self.itemClassProperty)
        inReplyTo = property(Self.inReplyToProperty)
        references = property(Self.referencesProperty)
    }

    /// Graph writes an id in its own way: `String 0x001A` comes back as `String 0x1a`.
    private static func normalized(_ id: String) -> String {
        let lower = id.lowercased()
        guard let prefix = lower.firstRange(of: "0x") else { return lower }
        return String(lower[..<prefix.upperBound] + lower[prefix.upperBound...].drop { $0 == "0" })
    }

    /// Graph writes times of mail in UTC, in whole seconds, sometimes with a fraction.
    private static func date(_ text: String) -> Date? {
        (try? Date(text, strategy: .iso8601))
            ?? (try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
    }
}
