import HearthRules
import HearthWeb
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

    /// - Throws: 403 `CAMPAIGN_NOT_FOUND`.
    func find(_ email: EmailAddress, of tenant: Int64) async throws -> Campaign {
        var filter = CampaignFilter()
        filter.email = email
        let row = try await database.read(
            """
            SELECT \(unescaped: Campaign.columns) FROM campaigns c WHERE c.tenant_id = \(tenant) \(filter.condition)
            ORDER BY c.email_key = \(email.key) DESC, c.campaign_id DESC LIMIT 1
            """
        ).first
        guard let row else { throw APIError.campaignNotFound }
        return try Campaign(row: row)
    }

    func count(_ filter: CampaignFilter, of tenant: Int64) async throws -> Int64 {
        try await database.read(
            "SELECT count(*) AS campaigns FROM campaigns c WHERE c.tenant_id = \(tenant) \(filter.condition)"
        ).scalar("campaigns") ?? 0
    }

    /// By ascending id.
    func list(_ filter: CampaignFilter, of tenant: Int64, after id: Int64, limit: Int) async throws -> [Campaign] {
        try await database.read(
            """
            SELECT \(unescaped: Campaign.columns) FROM campaigns c
            WHERE c.tenant_id = \(tenant) AND c.campaign_id > \(id) \(filter.condition)
            ORDER BY c.campaign_id LIMIT \(limit)
            """
        ).map(Campaign.init)
    }
}
