import Hummingbird
import Postgres
import StrictJSON

/// `GET /account/limits`: the daily pool and how much of it active campaigns hold. Contract 6.1.
struct AccountRoutes {
    let database: Database

    func limits(_ request: Request, context: TenantContext) async throws -> Response {
        let rows = try await database.read(
            """
            SELECT p.email_per_day, p.reserved, count(c.campaign_id) AS accounts,
                count(c.campaign_id) FILTER (WHERE c.connection_problem IS NOT NULL) AS attention
            FROM tenant_pools p
            LEFT JOIN campaigns c ON c.tenant_id = p.tenant_id AND c.status <> 'deleted'
            WHERE p.tenant_id = \(context.tenantID)
            GROUP BY p.email_per_day, p.reserved
            """)
        guard let row = rows.first else { throw APIError.notFound }
        let total: Int = try row["email_per_day"]
        let used: Int = try row["reserved"]
        let accounts: Int = try row["accounts"]
        let attention: Int = try row["attention"]
        return Envelope.response(code: "ACCOUNT_LIMITS_FETCHED", message: "Account limits fetched") { json in
            json.object { json in
                json.object("email_per_day") { json in
                    json.member("total", total)
                    json.member("used", used)
                    json.member("available", total - used)
                }
                json.member("email_accounts", accounts)
                json.member("email_accounts_need_attention", attention)
                // The warm-up engine is not installed, so nothing has been sent.
                json.member("emails_sent_today", 0)
            }
        }
    }
}
