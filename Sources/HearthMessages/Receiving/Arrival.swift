import Foundation
import HearthCore
import HearthGraphMail
import HearthMicrosoft
import HearthRules
import Postgres

/// What a message that has arrived is, as far as the partner's own messages are concerned.
package enum ArrivalKind: String, Sendable, CaseIterable, PostgresEncodable, PostgresDecodable {
    case message
    /// A person answers a message that was sent through Hearth.
    case reply
    /// A program answers it, such as one that says that the recipient is away.
    case automaticReply = "auto_reply"
    /// A mail server reports that it was not delivered.
    case bounce
}

/// A message that has arrived, with what was found out about it.
package struct Arrival: Sendable {
    let message: FoundMessage
    var kind = ArrivalKind.message
    /// The partner's message that it answers or reports about.
    var answers: Int64?
    /// What a bounce says about the recipients.
    var outcomes: [DeliveryReport.Outcome] = []
}

/// Finds out what messages that have arrived are. Only those that answer a message of the partner, and reports, are looked
/// at more closely.
struct ArrivalInspector: Sendable {
    let database: Database
    let keyRing: KeyRing
    let watch: Watch
    let mailbox: GraphMailbox

    func inspect(_ messages: [FoundMessage]) async throws -> [Arrival] {
        var arrivals: [Arrival] = []
        var ids: [Int: [String]] = [:]
        for (index, message) in messages.enumerated() {
            var arrival = Arrival(message: message)
            ids[index] = AutomaticReply.answeredIDs(inReplyTo: message.inReplyTo, references: message.references)
            if message.isFailureReport,
                let report = try await mailbox.source(of: message.id).flatMap(DeliveryReport.init)
            {
                arrival.kind = .bounce
                arrival.outcomes = report.outcomes
                if let original = report.originalMessageID { ids[index, default: []].insert(original, at: 0) }
            }
            arrivals.append(arrival)
        }
        let known = try await knownMessages(ids.values.flatMap(\.self), messages.compactMap(\.conversationID))
        guard !known.isEmpty else { return arrivals }
        for index in arrivals.indices {
            let answered = known.answered(by: arrivals[index].message, ids: ids[index] ?? [])
            arrivals[index].answers = answered
            guard answered != nil, arrivals[index].kind != .bounce else { continue }
            let message = arrivals[index].message
            let headers = try await mailbox.headers(of: message.id) ?? []
            arrivals[index].kind =
                AutomaticReply.isOne(itemClass: message.itemClass, headers: headers) ? .automaticReply : .reply
        }
        return arrivals
    }

    private func knownMessages(_ ids: [String], _ conversations: [String]) async throws -> KnownMessages {
        guard !ids.isEmpty || !conversations.isEmpty else { return KnownMessages(messages: []) }
        let rows = try await database.read(
            """
            SELECT \(unescaped: Message.columns) FROM messages m
            WHERE m.tenant_id = \(watch.tenantID) AND m.mailbox_id = \(watch.mailboxID)
                AND (m.internet_message_id = ANY(\(ids)) OR m.conversation_id = ANY(\(conversations)))
            ORDER BY m.message_id DESC LIMIT 1000
            """)
        return KnownMessages(messages: try rows.map { try Message(row: $0, keyRing: keyRing) })
    }
}

/// Messages that arrivals may answer, the newest first.
private struct KnownMessages {
    let messages: [Message]

    var isEmpty: Bool { messages.isEmpty }

    /// The message whose Message-ID is named or, without one, the newest of the conversation that was sent to the arrival's
    /// sender. A conversation alone proves nothing: unrelated messages with one subject may share it.
    func answered(by arrival: FoundMessage, ids: [String]) -> Int64? {
        // A message that was sent to its own mailbox is in its conversation, and answers nothing.
        if let id = arrival.internetMessageID, messages.contains(where: { $0.state.internetMessageID == id }) {
            return nil
        }
        for id in ids {
            if let message = messages.first(where: { $0.state.internetMessageID == id }) { return message.id }
        }
        guard let conversation = arrival.conversationID,
            let sender = arrival.from.flatMap({ EmailAddress.key(of: $0.address) })
        else { return nil }
        return messages.first { message in
            message.state.conversationID == conversation
                && message.content.recipients.contains { EmailAddress.key(of: $0.address) == sender }
        }?.id
    }
}
