import Crypto
package import Foundation
import HearthRules
import HearthWeb
package import Postgres

/// The statements about API keys, for partners and the operator.
package struct KeyStore: Sendable {
    let database: Database

    package init(database: Database) {
        self.database = database
    }

    /// A stored key, without its secret.
    package struct Key: Sendable {
        package let id: Int64
        package let name: String
        package let scopes: [String]
        package let createdAt: Date
        package let expiresAt: Date?
        package let revokedAt: Date?
        package let lastUsedAt: Date?
    }

    private static let columns = "key_id, name, scopes, created_at, expires_at, revoked_at, last_used_at"

    /// Stores a key; the database keeps only a digest of its secret.
    package func insertion(of key: APIKey, name: String, scopes: Set<Scope>, expiresAt: Date?, at now: Date) -> SQL {
        """
        INSERT INTO api_keys (tenant_id, key_id, name, digest, scopes, created_at, expires_at)
        VALUES (\(key.tenantID), \(key.keyID), \(name), \(key.digest), \(scopes.sorted().map(\.rawValue)), \(now),
            \(expiresAt))
        """
    }

    /// Revokes all keys of a deleted tenant.
    package static func revokeAll(of tenant: Int64, at now: Date) -> SQL {
        "UPDATE api_keys SET revoked_at = \(now) WHERE tenant_id = \(tenant) AND revoked_at IS NULL"
    }

    /// Records when a key was last used.
    static func noteUse(of id: Int64, tenant: Int64, at time: Date) -> SQL {
        """
        UPDATE api_keys SET last_used_at = greatest(last_used_at, \(time))
        WHERE tenant_id = \(tenant) AND key_id = \(id)
        """
    }

    /// The maximum number of active keys of a tenant; each has its own rate limits.
    package static let limit = 100
    /// The maximum number of revoked or expired keys that are listed.
    private static let shownEnded = 100

    /// Checks the limit of active keys, and locks the tenant so that a key can be added.
    ///
    /// - Throws: 409 `KEY_LIMIT_REACHED`.
    package static func lockForInsertion(of tenant: Int64, at now: Date, in transaction: inout Transaction) throws {
        // The lock on the tenant's row serialises the count, so that concurrent calls cannot exceed the limit together.
        let rows = try transaction.query(all: [
            "SELECT FROM tenants WHERE tenant_id = \(tenant) FOR NO KEY UPDATE",
            """
            SELECT count(*) AS count FROM api_keys
            WHERE tenant_id = \(tenant) AND (least(revoked_at, expires_at) > \(now)) IS NOT FALSE
            """,
        ])
        guard let count: Int = try rows[1].scalar("count"), count < limit else { throw APIError.keyLimitReached }
    }

    /// Returns all active keys and the newest of the others, by id.
    package func list(of tenant: Int64, at now: Date) async throws -> [Key] {
        try await database.read(
            """
            SELECT \(unescaped: Self.columns) FROM api_keys
            WHERE tenant_id = \(tenant) AND ((least(revoked_at, expires_at) > \(now)) IS NOT FALSE
                OR key_id = ANY(ARRAY(
                    SELECT key_id FROM api_keys WHERE tenant_id = \(tenant) AND least(revoked_at, expires_at) <= \(now)
                    ORDER BY key_id DESC LIMIT \(Self.shownEnded))))
            ORDER BY key_id
            """
        ).map(Key.init)
    }

    /// Revokes a key. Repeating it changes nothing.
    ///
    /// - Returns: the revoked key; nil if the tenant has no such key.
    package static func revoke(_ id: Int64, of tenant: Int64, at now: Date, in transaction: inout Transaction) throws
        -> Key?
    {
        try transaction.query(
            """
            UPDATE api_keys SET revoked_at = coalesce(revoked_at, \(now))
            WHERE tenant_id = \(tenant) AND key_id = \(id)
            RETURNING \(unescaped: columns)
            """
        ).first.map(Key.init)
    }
}

extension KeyStore.Key {
    fileprivate init(_ row: Row) throws {
        self.init(
            id: try row["key_id"], name: try row["name"], scopes: try row["scopes"], createdAt: try row["created_at"],
            expiresAt: try row[nullable: "expires_at"], revokedAt: try row[nullable: "revoked_at"],
            lastUsedAt: try row[nullable: "last_used_at"])
    }

    package func isUsable(at now: Date) -> Bool { revokedAt == nil && expiresAt.map { $0 > now } ?? true }
}
