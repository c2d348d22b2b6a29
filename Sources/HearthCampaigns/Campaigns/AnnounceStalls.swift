package import Foundation
package import HearthCore
import HearthRules
package import Logging
package import Postgres

/// Announces campaigns that were not started within a day, because a forgotten start call is the most common reason why a
/// mailbox is not warmed up. Sent once each time a campaign becomes pending.
package struct AnnounceStalls: DueRows {
    package static let name = "announce_stalls"
    package static let rowName = "campaign.id"

    package let database: Database
    let recorder: AuditRecorder
    package let work: WorkSignals
    package let now: @Sendable () -> Date
    package let logger: Logger

    package init(
        database: Database, recorder: AuditRecorder, work: WorkSignals, now: @escaping @Sendable () -> Date,
        logger: Logger
    ) {
        self.database = database
        self.recorder = recorder
        self.work = work
        self.now = now
        self.logger = logger
    }

    package func find(at now: Date, limit: Int) async throws -> [DueRow] {
        try await database.read(
            """
            SELECT tenant_id, campaign_id FROM campaigns WHERE stalls_at <= \(now) ORDER BY stalls_at LIMIT \(limit)
            """
        ).map { DueRow(tenantID: try $0["tenant_id"], id: try $0["campaign_id"]) }
    }

    /// Writes the event, unless the campaign was started meanwhile.
    package func settle(_ row: DueRow, at now: Date, in transaction: inout Transaction) throws -> Bool {
        let (id, tenant) = (row.id, row.tenantID)
        let found = try transaction.query(
            """
            SELECT \(unescaped: Campaign.columns) FROM campaigns c
            WHERE c.tenant_id = \(tenant) AND c.campaign_id = \(id) AND c.stalls_at <= \(now) FOR UPDATE
            """
        ).first
        guard var campaign = try found.map(Campaign.init) else { return false }
        campaign.eventSequence += 1
        transaction.write(CampaignTable.recordStall(of: id, tenant: tenant, sequence: campaign.eventSequence))
        Outbox.append(
            OutboxEvent(.stalled, of: campaign, previousStatus: campaign.status, at: now), tenant: tenant,
            in: &transaction)
        try Caller.hearth(of: tenant)
            .note("campaign.stalled", "campaign:\(id)", outcome: nil, recorder, at: now, in: &transaction)
        return true
    }
}
