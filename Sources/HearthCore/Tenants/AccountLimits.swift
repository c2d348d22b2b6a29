package import Postgres

/// The daily pool of e-mails and the part that active campaigns have reserved.
package struct AccountLimits: Sendable {
    package let total: Int
    package let used: Int
    /// The number of mailboxes with a campaign.
    package let mailboxes: Int
    /// The number of those whose connection does not work.
    package let attention: Int

    /// Returns nil if the tenant does not exist.
    package static func read(of tenant: Int64, from database: Database) async throws -> AccountLimits? {
        try await database.read(
            """
            SELECT p.email_per_day, p.reserved, count(c.campaign_id) AS accounts,
                count(c.campaign_id) FILTER (WHERE c.connection_problem IS NOT NULL) AS attention
            FROM tenant_pools p
            LEFT JOIN campaigns c ON c.tenant_id = p.tenant_id AND c.status <> 'deleted'
            WHERE p.tenant_id = \(tenant)
            GROUP BY p.email_per_day, p.reserved
            """
        ).first.map { row in
            AccountLimits(
                total: try row["email_per_day"], used: try row["reserved"], mailboxes: try row["accounts"],
                attention: try row["attention"])
        }
    }
}
