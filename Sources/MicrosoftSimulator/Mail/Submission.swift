package import Foundation

/// A message that was handed over for sending.
package struct Submission: Sendable, Equatable {
    package enum Call: String, Sendable, CaseIterable {
        case sendMail, send, reply, replyAll, forward
    }

    package let time: Date
    package let call: Call
    package let subject: String
    package let internetMessageID: String
    package let recipients: [String]
    /// The sender's `x-` headers. If a name occurs twice, the last value.
    package let headers: [String: String]
    /// By id, in the form that Graph returns.
    package let extendedProperties: [String: String]
}

extension Submission {
    init(_ message: Message, by call: Call, at time: Date) {
        self.time = time
        self.call = call
        subject = message.content.subject
        internetMessageID = message.internetMessageID
        recipients = message.content.recipients.map(\.address)
        let named = message.content.headers.map { ($0.name.lowercased(), $0.value) }
        headers = Dictionary(named, uniquingKeysWith: { _, last in last })
        let properties = message.content.extendedProperties.map { ($0.key.text, $0.value) }
        extendedProperties = Dictionary(properties, uniquingKeysWith: { _, last in last })
    }
}
