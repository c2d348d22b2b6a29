import Foundation
import HearthCore
import HearthGraphMail
import HearthMailboxes
import HearthRules
import Postgres

/// Recognises copies in Sent Items of messages that Hearth has submitted, by their stamps.
struct SentCopies: Sendable {
    let watch: Watch
    let now: Date

    /// - Returns: the number of messages whose copy was not seen before.
    func record(
        _ messages: [FoundMessage], keyRing: KeyRing, in transaction: inout Transaction
    ) throws -> Int {
        let copies = messages.filter { !$0.isDraft && $0.stamp != nil }
        guard !copies.isEmpty else { return 0 }
        let rows = try transaction.query(
            """
            SELECT \(unescaped: Message.columns) FROM messages m
            WHERE m.tenant_id = \(watch.tenantID) AND m.stamp = ANY(\(copies.compactMap { $0.stamp?.text })::uuid[])
                AND m.mailbox_id = \(watch.mailboxID)
            ORDER BY m.message_id
            """)
        var seen = 0
        for message in try rows.map({ try Message(row: $0, keyRing: keyRing) }) {
            guard let copy = copies.first(where: { $0.stamp == message.stamp }),
                try transaction.query(MessageTable.see(message, copy, at: now)).affected == 1
            else { continue }
            seen += 1
            try message.tell(MessageEvent.sent, at: now, in: &transaction)
        }
        return seen
    }
}

extension Message {
    /// Writes an event with the message's present state.
    func tell(_ event: MessageEvent, at now: Date, in transaction: inout Transaction) throws {
        let rows = try transaction.query(all: [
            MessageStore.state(of: id, tenant: tenantID), PartnerData.current(of: mailboxID, tenant: tenantID),
        ])
        guard let state = rows[0].first, let owner = rows[1].first else { return }
        Outbox.append(
            OutboxEvent(
                event, of: try updated(by: state), address: try owner["address"],
                partnerData: try PartnerData.current(owner), at: now),
            tenant: tenantID, in: &transaction)
    }
}
