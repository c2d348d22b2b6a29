import HearthCore
import HearthRules
package import HearthWeb
package import Postgres

/// Queries for campaigns of a tenant. Deleted ones are not found.
package struct CampaignStore: Sendable {
    let database: Database

    package init(database: Database) {
        self.database = database
    }

    /// - Throws: 403 `CAMPAIGN_NOT_FOUND`.
    package func find<View: CampaignView>(
        _ id: Int64, of tenant: Int64, as view: View.Type = Campaign.self
    ) async throws -> View {
        let row = try await database.read(
            """
            SELECT \(unescaped: View.columns) FROM \(unescaped: View.source)
            WHERE c.tenant_id = \(tenant) AND c.campaign_id = \(id) AND c.status <> 'deleted'
            """
        ).first
        guard let row else { throw APIError.campaignNotFound }
        return try View(row: row)
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

    package func list<View: CampaignView>(
        _ filter: CampaignFilter, page: PageRequest, of tenant: Int64, as view: View.Type = Campaign.self
    ) async throws -> Page<View> {
        let found = try await database.read(
            """
            SELECT \(unescaped: View.columns) FROM \(unescaped: View.source)
            WHERE c.tenant_id = \(tenant) AND \(page.follows("c.campaign_id")) \(filter.condition)
            \(page.ordered(by: "c.campaign_id"))
            """
        ).map(View.init)
        return Page(found, of: page, key: \.campaign.id)
    }
}
