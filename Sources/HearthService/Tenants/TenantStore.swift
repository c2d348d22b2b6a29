import Foundation
import Postgres

/// The operator's statements about tenants and their keys.
struct TenantStore: Sendable {
    let database: Database
    let ids: IDSource

    struct Tenant: Sendable {
        let id: Int64
        let name: String
        let status: String
        let features: [String]
        let emailPerDay: Int
        let returnURLs: [String]
        let createdAt: Date
    }

    struct Key: Sendable {
        let id: Int64
        let name: String
        let createdAt: Date
        let revokedAt: Date?
    }

    func create(
        name: String, features: [Feature], emailPerDay: Int, returnURLs: [String], at now: Date
    ) async throws -> Tenant {
        let id = try await ids.next()
        try await database.transaction { transaction in
            transaction.write(
                """
                INSERT INTO tenants (tenant_id, name, return_urls, created_at)
                VALUES (\(id), \(name), \(returnURLs), \(now))
                """)
            transaction.write("INSERT INTO tenant_pools (tenant_id, email_per_day) VALUES (\(id), \(emailPerDay))")
            transaction.write("INSERT INTO tenant_feeds (tenant_id) VALUES (\(id))")
            transaction.write(
                """
                INSERT INTO tenant_features (tenant_id, feature, allowed_at)
                SELECT \(id), feature, \(now) FROM unnest(\(features.map(\.rawValue))) AS feature
                """)
        }
        return Tenant(
            id: id, name: name, status: "active", features: features.map(\.rawValue), emailPerDay: emailPerDay,
            returnURLs: returnURLs, createdAt: now)
    }

    func list() async throws -> [Tenant] {
        try await database.read("\(Self.select) ORDER BY t.tenant_id").map(Tenant.init)
    }

    func find(_ id: Int64) async throws -> Tenant? {
        try await database.read("\(Self.select) WHERE t.tenant_id = \(id)").first.map(Tenant.init)
    }

    private static let select: SQL =
        """
        SELECT t.tenant_id, t.name, t.status, t.return_urls, t.created_at, p.email_per_day,
            ARRAY(SELECT f.feature FROM tenant_features f WHERE f.tenant_id = t.tenant_id ORDER BY 1) AS features
        FROM tenants t JOIN tenant_pools p ON p.tenant_id = t.tenant_id
        """

    func allow(_ feature: Feature, to tenant: Int64, at now: Date) async throws {
        _ = try await database.write(
            """
            INSERT INTO tenant_features (tenant_id, feature, allowed_at) VALUES (\(tenant), \(feature.rawValue), \(now))
            ON CONFLICT DO NOTHING
            """)
    }

    func deny(_ feature: Feature, to tenant: Int64) async throws {
        _ = try await database.write(
            "DELETE FROM tenant_features WHERE tenant_id = \(tenant) AND feature = \(feature.rawValue)")
    }

    func setStatus(_ status: String, of tenant: Int64) async throws {
        _ = try await database.write("UPDATE tenants SET status = \(status) WHERE tenant_id = \(tenant)")
    }

    /// The key's text is shown once, here; the database keeps a digest.
    func createKey(for tenant: Int64, name: String, randomBytes: (Int) -> [UInt8], at now: Date) async throws -> APIKey
    {
        let key = APIKey(tenantID: tenant, keyID: try await ids.next(), randomBytes: randomBytes)
        _ = try await database.write(
            """
            INSERT INTO api_keys (tenant_id, key_id, name, digest, created_at)
            VALUES (\(tenant), \(key.keyID), \(name), \(key.digest), \(now))
            """)
        return key
    }

    func keys(of tenant: Int64) async throws -> [Key] {
        try await database.read(
            "SELECT key_id, name, created_at, revoked_at FROM api_keys WHERE tenant_id = \(tenant) ORDER BY key_id"
        ).map { row in
            Key(
                id: try row["key_id"], name: try row["name"], createdAt: try row["created_at"],
                revokedAt: try row["revoked_at"])
        }
    }

    /// False when the tenant has no such key. A key that is revoked already stays so.
    func revokeKey(_ key: Int64, of tenant: Int64, at now: Date) async throws -> Bool {
        try await database.write(
            """
            UPDATE api_keys SET revoked_at = coalesce(revoked_at, \(now))
            WHERE tenant_id = \(tenant) AND key_id = \(key)
            """
        ).affected == 1
    }
}

extension TenantStore.Tenant {
    fileprivate init(_ row: Row) throws {
        self.init(
            id: try row["tenant_id"], name: try row["name"], status: try row["status"], features: try row["features"],
            emailPerDay: try row["email_per_day"], returnURLs: try row["return_urls"], createdAt: try row["created_at"])
    }
}
