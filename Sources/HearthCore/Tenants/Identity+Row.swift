package import Foundation
package import Postgres

extension Identity {
    /// The columns of a tenant, selected from `tenants t` joined with ``ownApplication``.
    package static let columns =
        """
        t.tenant_id, t.name, t.status = 'suspended' AS suspended, t.return_urls, t.requests_per_minute,
        t.requests_per_second, ARRAY(SELECT f.feature FROM tenant_features f WHERE f.tenant_id = t.tenant_id) AS features,
        own.app_id, own.client_id
        """

    /// Joins the tenant's own application for new links: the newest that is not retired.
    package static let ownApplication =
        """
        LEFT JOIN LATERAL (
            SELECT a.app_id, a.client_id FROM microsoft_apps a WHERE a.tenant_id = t.tenant_id AND a.retired_at IS NULL
            ORDER BY a.created_at DESC, a.app_id DESC LIMIT 1
        ) own ON true
        """

    /// - Parameter keyID: 0 if the caller is not identified by a key.
    package init(
        row: Row, keyID: Int64 = 0, keyExpiresAt: Date? = nil, scopes: Set<Scope> = [], memberID: Int64? = nil
    ) throws {
        let features: [String] = try row["features"]
        var application: Application?
        if let id: Int64 = try row[nullable: "app_id"] {
            application = Application(id: id, clientID: try row["client_id"])
        }
        self.init(
            tenantID: try row["tenant_id"], tenantName: try row["name"], isSuspended: try row["suspended"],
            keyID: keyID, keyExpiresAt: keyExpiresAt, scopes: scopes,
            limits: RequestLimits(
                perMinute: try row["requests_per_minute"], perSecond: try row["requests_per_second"]),
            features: Set(features), returnURLs: try row["return_urls"], application: application, memberID: memberID)
    }
}
