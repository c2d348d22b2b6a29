import Foundation
import HearthCore
import HearthGraphMail
import HearthMailboxes
import HearthRules
import Postgres
import StrictJSON

/// Records messages that a sweep finds in the inbox or in junk, once each, with an event.
struct Arrivals: Sendable {
    let watch: Watch
    let folder: WatchedFolder
    /// Older messages may have been known and forgotten.
    let keptSince: Date
    let now: Date

    /// - Parameter ids: an id for each of `messages`.
    /// - Returns: the number of messages that were not known before.
    func record(
        _ messages: [FoundMessage], ids: [Int64], keyRing: KeyRing, in transaction: inout Transaction
    ) throws -> Int {
        // Graph gives whole seconds.
        let start = Date(timeIntervalSince1970: watch.startedAt.timeIntervalSince1970.rounded(.down))
        let candidates = zip(ids, messages).filter { _, message in
            guard !message.isDraft, let receivedAt = message.receivedAt else { return false }
            return receivedAt >= max(start, keptSince)
        }
        guard !candidates.isEmpty else { return 0 }
        let rows = try transaction.query(
            all: try candidates.map { id, message in
                try ReceivedMessageTable.insertion(
                    of: id, message, folder: folder, watch: watch, wasMissed: wasMissed(message),
                    content: watch.content == .none
                        ? nil : ReceivedContent(message).sealed(for: id, tenant: watch.tenantID, keyRing: keyRing),
                    at: now)
            })
        let stored = try rows.flatMap { rows in try rows.map { try ReceivedMessage(row: $0, keyRing: keyRing) } }
        guard !stored.isEmpty else { return 0 }
        let missed = stored.count(where: \.wasMissed)
        if missed > 0 { transaction.write(WatchTable.countMissed(missed, of: watch)) }
        guard
            let owner = try transaction.query(PartnerData.current(of: watch.mailboxID, tenant: watch.tenantID)).first
        else { return stored.count }
        let address: String = try owner["address"]
        let partnerData = try PartnerData.current(owner)
        for message in stored {
            Outbox.append(
                OutboxEvent(
                    .received, mailbox: watch.mailboxID, address: address, partnerData: partnerData, at: now
                ) { json in
                    json.member("message_id", message.id)
                    message.writeMembers(to: &json)
                },
                tenant: watch.tenantID, in: &transaction)
        }
        return stored.count
    }

    /// Whether the subscription should have reported the message by now, and has not.
    private func wasMissed(_ message: FoundMessage) -> Bool {
        guard watch.subscriptionID != nil, !watch.notified.contains(message.id), let receivedAt = message.receivedAt
        else { return false }
        return receivedAt.addingTimeInterval(WatchSchedule.notificationDelay) < now
    }
}

/// The only writer of `received_messages`.
enum ReceivedMessageTable {
    /// Returns ``ReceivedMessage/columns``; no row if the message is known.
    static func insertion(
        of id: Int64, _ message: FoundMessage, folder: WatchedFolder, watch: Watch, wasMissed: Bool, content: [UInt8]?,
        at now: Date
    ) throws -> SQL {
        """
        INSERT INTO received_messages AS r (tenant_id, message_id, mailbox_id, graph_id, folder, internet_message_id,
            conversation_id, content, received_at, found_at, was_missed)
        VALUES (\(watch.tenantID), \(id), \(watch.mailboxID), \(message.id), \(folder),
            left(\(message.internetMessageID), 1000), left(\(message.conversationID), 512), \(content),
            \(message.receivedAt ?? now), \(now), \(wasMissed))
        ON CONFLICT (tenant_id, mailbox_id, graph_id) DO NOTHING
        RETURNING \(unescaped: ReceivedMessage.columns)
        """
    }
}
