import Postgres

/// Tenants as themselves, where no key says who is calling: a signed form, an operator's command.
struct TenantDirectory: Sendable {
    let database: Database

    /// The tenant with no scope of its own; nil when there is none.
    func identity(of tenant: Int64) async throws -> Identity? {
        let rows = try await database.read(
            """
            SELECT t.requests_per_minute, t.requests_per_second, t.name, t.status = 'suspended' AS suspended, t.return_urls,
                ARRAY(SELECT f.feature FROM tenant_features f WHERE f.tenant_id = t.tenant_id) AS features,
                a.app_id, a.client_id
            FROM tenants t
            LEFT JOIN LATERAL (
                SELECT app_id, client_id FROM microsoft_apps a WHERE a.tenant_id = t.tenant_id ORDER BY app_id LIMIT 1
            ) a ON true
            WHERE t.tenant_id = \(tenant) AND t.status <> 'deleted'
            """)
        guard let row = rows.first else { return nil }
        let features: [String] = try row["features"]
        var application: Identity.Application?
        if let id: Int64 = try row["app_id"] {
            application = Identity.Application(id: id, clientID: try row["client_id"])
        }
        return Identity(
            tenantID: tenant, tenantName: try row["name"], isSuspended: try row["suspended"], keyID: 0,
            keyExpiresAt: nil, scopes: [],
            limits: RequestLimits(
                perMinute: try row["requests_per_minute"], perSecond: try row["requests_per_second"]),
            features: Set(features), returnURLs: try row["return_urls"], application: application)
    }
}
