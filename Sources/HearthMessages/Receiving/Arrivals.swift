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
    let now: Date

    /// - Parameter ids: an id for each arrival.
    /// - Returns: the number of messages that were not known before.
    func record(
        _ arrivals: [Arrival], ids: [Int64], keyRing: KeyRing, in transaction: inout Transaction
    ) throws -> Int {
        guard !arrivals.isEmpty else { return 0 }
        let rows = try transaction.query(
            all: try zip(ids, arrivals).map { id, arrival in
                try ReceivedMessageTable.insertion(
                    of: id, arrival, folder: folder, watch: watch, wasMissed: wasMissed(arrival.message),
                    content: watch.content == .none
                        ? nil
                        : ReceivedContent(arrival.message).sealed(for: id, tenant: watch.tenantID, keyRing: keyRing),
                    at: now)
            })
        let stored = try zip(arrivals, rows).compactMap { arrival, rows in
            try rows.first.map { (arrival: arrival, message: try ReceivedMessage(row: $0, keyRing: keyRing)) }
        }
        guard !stored.isEmpty else { return 0 }
        let missed = stored.count(where: \.message.wasMissed)
        if missed > 0 { transaction.write(WatchTable.countMissed(missed, of: watch)) }
        guard
            let owner = try transaction.query(PartnerData.current(of: watch.mailboxID, tenant: watch.tenantID)).first
        else { return stored.count }
        let address: String = try owner["address"]
        let partnerData = try PartnerData.current(owner)
        for (arrival, message) in stored {
            Outbox.append(
                OutboxEvent(
                    .received, mailbox: watch.mailboxID, address: address, partnerData: partnerData, at: now
                ) { json in
                    json.member("message_id", message.id)
                    message.writeMembers(to: &json)
                },
                tenant: watch.tenantID, in: &transaction)
            if let answered = arrival.answers {
                try note(arrival, on: answered, keyRing: keyRing, in: &transaction)
            }
        }
        return stored.count
    }

    /// Records on the partner's message that it was answered or not delivered.
    private func note(
        _ arrival: Arrival, on id: Int64, keyRing: KeyRing, in transaction: inout Transaction
    ) throws {
        let event: MessageEvent
        let statement: SQL
        switch arrival.kind {
        case .message: return
        case .reply:
            (event, statement) = (.replied, MessageTable.reply(id, of: watch.tenantID, at: now))
        case .automaticReply:
            (event, statement) = (.autoReplied, MessageTable.autoReply(id, of: watch.tenantID, at: now))
        case .bounce:
            let bounces = MessageBounces(arrival.outcomes)
            // A delay is no bounce: the server goes on trying.
            guard bounces.isPermanent,
                let row = try transaction.query("\(MessageStore.one(id, of: watch.tenantID)) FOR UPDATE").first
            else { return }
            // Each recipient's server reports by itself.
            let known = try Message(row: row, keyRing: keyRing).bounces
            let report = try bounces.added(to: known).sealed(for: id, tenant: watch.tenantID, keyRing: keyRing)
            (event, statement) = (.bounced, MessageTable.bounce(id, of: watch.tenantID, report: report, at: now))
        }
        guard try transaction.query(statement).affected == 1,
            let row = try transaction.query(MessageStore.one(id, of: watch.tenantID)).first
        else { return }
        try Message(row: row, keyRing: keyRing).tell(event, at: now, in: &transaction)
    }

    /// Whether the subscription should have reported the message by now, and has not.
    private func wasMissed(_ message: FoundMessage) -> Bool {
        guard watch.hasSubscription(at: now), !watch.notified.contains(message.id), let receivedAt = message.receivedAt
        else { return false }
        return receivedAt.addingTimeInterval(WatchSchedule.notificationDelay) < now
    }
}
