import Postgres

/// The statements that read campaigns of one tenant.
struct CampaignStore: Sendable {
    let database: Database

    /// - Throws: 403 `CAMPAIGN_NOT_FOUND`, also for a deleted campaign.
    func find(_ id: Int64, of tenant: Int64) async throws -> Campaign {
        let row = try await database.read(
            """
            SELECT \(unescaped: Campaign.columns) FROM campaigns c
            WHERE c.tenant_id = \(tenant) AND c.campaign_id = \(id) AND c.status <> 'deleted'
            """
        ).first
        guard let row else { throw APIError.campaignNotFound }
        return try Campaign(row: row)
    }
}
