import HearthRules
package import Postgres

/// The events of one transaction. They are written last, by one statement right before COMMIT, so that an event exists if and
/// only if its change was committed, and no other lock is requested while the feed is locked.
package struct Outbox: ClosingWrites {
    /// Before the audit entries, which refer to the position of the last event.
    package static let rank = 0

    /// An event and, for a move of a campaign, its history row.
    struct Entry: Sendable {
        let event: OutboxEvent
        let record: CampaignRecord?
        let tenant: Int64
    }

    private(set) var entries: [Entry] = []

    package init() {}

    /// Appends an event to those of the transaction. The feed has them in this order.
    package static func append(
        _ event: OutboxEvent, recording record: CampaignRecord? = nil, tenant: Int64, in transaction: inout Transaction
    ) {
        transaction.collect { (outbox: inout Outbox) in
            outbox.entries.append(Entry(event: event, record: record, tenant: tenant))
        }
    }

    /// Events of several tenants were appended to one transaction, which is a programming error.
    struct SeveralTenants: Error {}

    /// - Throws: `SeveralTenants`, which rolls back the transaction.
    package func statements() throws -> [SQL] {
        guard let first = entries.first else { return [] }
        guard entries.allSatisfy({ $0.tenant == first.tenant }) else { throw SeveralTenants() }
        // Most transactions have one event, and the statement for one costs the server a fifth less.
        return [entries.count == 1 ? Self.insertion(of: first) : Self.insertion(of: entries, tenant: first.tenant)]
    }
}
