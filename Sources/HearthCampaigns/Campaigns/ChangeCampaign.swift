import Foundation
import HearthCore
import HearthRules
import HearthWeb
import Postgres

/// Changes what a partner may set about a campaign, with a new settings version, one event and the daily pool in one
/// commit. Status and version do not change.
struct ChangeCampaign: Sendable {
    let database: Database
    let now: @Sendable () -> Date
    let recorder: AuditRecorder
    let work: WorkSignals
    let reached: @Sendable (Checkpoint) -> Void

    /// - Parameter database: nil for the API's; workers pass their own.
    init(_ dependencies: Dependencies, database: Database? = nil) {
        self.database = database ?? dependencies.database
        now = dependencies.now
        recorder = dependencies.recorder
        work = dependencies.work
        reached = dependencies.reached
    }

    /// A campaign after a change.
    struct Outcome: Sendable {
        let campaign: Campaign
        /// Names of the changed fields. Empty if the campaign already had these values, in which case nothing was written.
        let fields: [String]
    }

    /// - Parameter addition: runs in the same transaction, even if nothing changed.
    /// - Returns: what `addition` returns.
    /// - Throws: `APIError`: `CAMPAIGN_NOT_FOUND`, `SETTINGS_CHANGED` or `EMAIL_POOL_EXCEEDED`.
    func run<Value: Sendable>(
        _ changes: CampaignChanges, on id: Int64, by caller: Caller, if condition: SettingsCondition?,
        adding addition: @escaping @Sendable (Outcome, inout Transaction) throws -> Value
    ) async throws -> Value {
        let now = now()
        let (value, isChanged) = try await database.transaction { [reached, recorder] transaction in
            let row = try transaction.query(
                """
                SELECT \(unescaped: Campaign.columns) FROM campaigns c
                WHERE c.tenant_id = \(caller.tenantID) AND c.campaign_id = \(id) AND c.status <> 'deleted' FOR UPDATE
                """
            ).first
            guard let row else { throw APIError.campaignNotFound }
            let campaign = try Campaign(row: row)
            try condition?.check(campaign.settingsVersion)
            var (changed, fields) = changes.applied(to: campaign)
            if !fields.isEmpty {
                changed.settingsVersion += 1
                changed.eventSequence += 1
                changed.updatedAt = now
                Self.write(changed, over: campaign, tenant: caller.tenantID, to: &transaction)
                Outbox.append(
                    OutboxEvent(
                        .updated, of: changed, previousStatus: campaign.status, updatedFields: fields, at: now),
                    tenant: caller.tenantID, in: &transaction)
                try caller.note(
                    "campaign.update", "campaign:\(id)", outcome: nil, recorder, at: now, in: &transaction)
            }
            let value = try addition(Outcome(campaign: changed, fields: fields), &transaction)
            reached(.commandBeforeCommit)
            return (value, !fields.isEmpty)
        }
        if isChanged {
            reached(.commandCommitted)
            work.eventCommitted()
        }
        return value
    }

    private static func write(
        _ changed: Campaign, over campaign: Campaign, tenant: Int64, to transaction: inout Transaction
    ) {
        transaction.write(CampaignTable.change(to: changed, of: tenant))
        let difference = changed.settings.emailPerDay - campaign.settings.emailPerDay
        guard campaign.status == .active, difference != 0 else { return }
        transaction.write(TenantStore.reserve(difference, of: tenant))
    }
}
