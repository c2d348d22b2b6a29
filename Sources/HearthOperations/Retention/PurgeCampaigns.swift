import Foundation
import HearthCore
import Postgres

/// Removes deleted campaigns whose retention period is over, each with its history and its links in one commit.
struct PurgeCampaigns: Sendable {
    let database: Database
    let recorder: AuditRecorder
    let now: @Sendable () -> Date

    private static let batch = 100

    /// - Returns: the number of removed campaigns.
    func run(deletedBefore cutoff: Date) async throws -> Int {
        var purged = 0
        let tenants: [Int64] = try await database.read(
            "SELECT DISTINCT tenant_id FROM campaigns WHERE status = 'deleted' AND deleted_at < \(cutoff) ORDER BY 1"
        ).map { try $0["tenant_id"] }
        for tenant in tenants {
            while true {
                let count = try await purge(tenant, deletedBefore: cutoff)
                purged += count
                if count < Self.batch { break }
            }
        }
        return purged
    }

    private func purge(_ tenant: Int64, deletedBefore cutoff: Date) async throws -> Int {
        try await database.transaction { [recorder, now] transaction in
            let ids: [Int64] = try transaction.query(
                """
                SELECT campaign_id FROM campaigns WHERE tenant_id = \(tenant) AND status = 'deleted'
                    AND deleted_at < \(cutoff) ORDER BY campaign_id LIMIT \(Self.batch)
                """
            ).map { try $0["campaign_id"] }
            guard !ids.isEmpty else { return 0 }
            transaction.write(
                """
                DELETE FROM consents WHERE tenant_id = \(tenant)
                    AND (campaign_id = ANY(\(ids)) OR reconnects = ANY(\(ids)))
                """)
            transaction.write(
                "DELETE FROM campaign_history WHERE tenant_id = \(tenant) AND campaign_id = ANY(\(ids))")
            transaction.write("DELETE FROM campaigns WHERE tenant_id = \(tenant) AND campaign_id = ANY(\(ids))")
            for id in ids {
                try Caller.hearth(of: tenant)
                    .note("campaign.purge", "campaign:\(id)", outcome: nil, recorder, at: now(), in: &transaction)
            }
            return ids.count
        }
    }
}
