package import Foundation
package import HearthCore
import HearthRules
package import Logging
package import Postgres

/// Tells partners of campaigns that nobody has started for a day: forgetting the start call is what most often keeps a
/// mailbox from warming up. Once each time that a campaign becomes pending.
package struct AnnounceStalls: PeriodicWorker {
    let database: Database
    let pen: AuditPen
    let work: WorkHints
    let now: @Sendable () -> Date
    package let logger: Logger

    package init(
        database: Database, pen: AuditPen, work: WorkHints, now: @escaping @Sendable () -> Date, logger: Logger
    ) {
        self.database = database
        self.pen = pen
        self.work = work
        self.now = now
        self.logger = logger
    }

    package static let pause = Duration.seconds(10)
    package static let failure: Logger.Message = "Stalled campaigns could not be told of; trying again"
    private static let batch = 100

    package func round() async throws {
        while try await announceSome() == Self.batch {}
    }

    /// - Returns: how many were found.
    func announceSome() async throws -> Int {
        let now = now()
        let due = try await database.read(
            """
            SELECT tenant_id, campaign_id FROM campaigns WHERE stalls_at <= \(now) ORDER BY stalls_at LIMIT \(Self.batch)
            """)
        for row in due {
            try await announce(try row["campaign_id"], of: try row["tenant_id"], at: now)
        }
        return due.count
    }

    /// Under lock: it may have been started meanwhile, or another process may have told of it.
    private func announce(_ id: Int64, of tenant: Int64, at now: Date) async throws {
        let announced = try await database.transaction { [pen] transaction in
            let row = try transaction.query(
                """
                SELECT \(unescaped: Campaign.columns) FROM campaigns c
                WHERE c.tenant_id = \(tenant) AND c.campaign_id = \(id) AND c.stalls_at <= \(now) FOR UPDATE
                """
            ).first
            guard var campaign = try row.map(Campaign.init) else { return false }
            campaign.eventSequence += 1
            transaction.write(
                """
                UPDATE campaigns SET stalls_at = NULL, event_sequence = \(campaign.eventSequence)
                WHERE tenant_id = \(tenant) AND campaign_id = \(id)
                """)
            Outbox.append(
                OutboxEvent(.stalled, of: campaign, previousStatus: campaign.status, at: now), tenant: tenant,
                in: &transaction)
            try Caller.hearth(of: tenant)
                .note("campaign.stalled", "campaign:\(id)", outcome: nil, pen, at: now, in: &transaction)
            return true
        }
        if announced { work.eventCommitted() }
    }
}
