import HearthRules
package import Postgres

/// The events of one transaction. They are written last, by one statement right before COMMIT: an event exists exactly if
/// what it tells has happened, and no lock is asked for under the lock of the feed.
package struct Outbox: ClosingWrites {
    /// Before the audit entries, which carry the position of the last event.
    package static let rank = 0

    /// An event and, for a move of a campaign, what its history says of it.
    struct Entry: Sendable {
        let event: OutboxEvent
        let record: CampaignRecord?
        let tenant: Int64
    }

    private(set) var entries: [Entry] = []

    package init() {}

    /// Adds an event behind those that the transaction has already. In this order they stand in the feed.
    package static func append(
        _ event: OutboxEvent, recording record: CampaignRecord? = nil, tenant: Int64, in transaction: inout Transaction
    ) {
        transaction.collect { (outbox: inout Outbox) in
            outbox.entries.append(Entry(event: event, record: record, tenant: tenant))
        }
    }

    /// A transaction has appended events of two tenants: a programming error.
    struct SeveralTenants: Error {}

    /// - Throws: `SeveralTenants`; then nothing of the transaction is committed.
    package func statements() throws -> [SQL] {
        guard let first = entries.first else { return [] }
        guard entries.allSatisfy({ $0.tenant == first.tenant }) else { throw SeveralTenants() }
        // Most transactions have one event. Its own statement costs the server a fifth less.
        return [entries.count == 1 ? Self.insertion(of: first) : Self.insertion(of: entries, tenant: first.tenant)]
    }
}
