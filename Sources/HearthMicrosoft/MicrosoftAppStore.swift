package import Foundation
package import HearthCore
package import Postgres

/// SQL for operator commands on tenants' own Entra applications.
package struct MicrosoftAppStore: Sendable {
    let database: Database
    let keyRing: KeyRing

    package init(database: Database, keyRing: KeyRing) {
        self.database = database
        self.keyRing = keyRing
    }

    package struct App: Sendable {
        package let id: Int64
        package let clientID: String
        package let hasFormerSecret: Bool
        package let secretExpiresAt: Date?
        package let createdAt: Date
        package let retiredAt: Date?
        package let liveGrants: Int
        package let openLinks: Int
    }

    package func list(of tenant: Int64) async throws -> [App] {
        try await database.read(
            """
            SELECT a.app_id, a.client_id, a.former_secret IS NOT NULL AS former, a.secret_expires_at, a.created_at,
                a.retired_at,
                (SELECT count(*) FROM grants g
                    WHERE g.tenant_id = a.tenant_id AND g.app_id = a.app_id AND g.state = 'live') AS grants,
                (SELECT count(*) FROM consents s WHERE s.tenant_id = a.tenant_id AND s.app_id = a.app_id
                    AND s.status IN ('open', 'redeeming')) AS links
            FROM microsoft_apps a WHERE a.tenant_id = \(tenant) ORDER BY a.created_at DESC, a.app_id DESC
            """
        ).map { row in
            App(
                id: try row["app_id"], clientID: try row["client_id"], hasFormerSecret: try row["former"],
                secretExpiresAt: try row[nullable: "secret_expires_at"], createdAt: try row["created_at"],
                retiredAt: try row[nullable: "retired_at"], liveGrants: try row["grants"], openLinks: try row["links"])
        }
    }

    /// Sets the application for new links. Links made with an earlier one keep using it.
    ///
    /// - Parameter fresh: the id to use if the application does not exist yet. An existing one keeps its id, and its secret
    ///   becomes the former one.
    /// - Parameter entry: creates the audit entry, given the application's id.
    package func set(
        clientID: String, secret: String, expiresAt: Date?, of tenant: Int64, fresh: Int64, at now: Date,
        noting entry: @escaping @Sendable (Int64) throws -> AuditInsertion
    ) async throws -> Int64 {
        try await database.transaction { transaction in
            let known: Int64? = try transaction.query(
                "SELECT app_id FROM microsoft_apps WHERE tenant_id = \(tenant) AND client_id = \(clientID) FOR UPDATE"
            ).scalar("app_id")
            let id = known ?? fresh
            let sealed = try seal(secret, of: id, tenant: tenant)
            transaction.write(
                """
                INSERT INTO microsoft_apps AS a (tenant_id, app_id, client_id, secret, secret_expires_at, created_at)
                VALUES (\(tenant), \(id), \(clientID), \(sealed), \(expiresAt), \(now))
                ON CONFLICT (tenant_id, app_id) DO UPDATE SET secret = excluded.secret,
                    former_secret = CASE WHEN a.retired_at IS NULL THEN a.secret END,
                    secret_expires_at = excluded.secret_expires_at, created_at = excluded.created_at, retired_at = NULL,
                    refused_since = NULL, refusal = NULL
                """)
            transaction.audit(try entry(id))
            return id
        }
    }

    /// - Returns: false if there is no such application.
    package func rotate(
        _ id: Int64, secret: String, expiresAt: Date?, of tenant: Int64, noting entry: AuditInsertion
    ) async throws -> Bool {
        let sealed = try seal(secret, of: id, tenant: tenant)
        return try await change(
            """
            UPDATE microsoft_apps SET former_secret = secret, secret = \(sealed), secret_expires_at = \(expiresAt),
                refused_since = NULL, refusal = NULL
            WHERE tenant_id = \(tenant) AND app_id = \(id) AND retired_at IS NULL
            """, noting: entry)
    }

    /// - Returns: false if the application is in use or does not exist.
    package func retire(_ id: Int64, of tenant: Int64, at now: Date, noting entry: AuditInsertion) async throws -> Bool
    {
        try await change(
            """
            UPDATE microsoft_apps SET retired_at = \(now), secret = '', former_secret = NULL, secret_expires_at = NULL,
                refused_since = NULL, refusal = NULL
            WHERE tenant_id = \(tenant) AND app_id = \(id) AND retired_at IS NULL
                AND NOT EXISTS (SELECT FROM grants g
                    WHERE g.tenant_id = \(tenant) AND g.app_id = \(id) AND g.state = 'live')
                AND NOT EXISTS (SELECT FROM consents s
                    WHERE s.tenant_id = \(tenant) AND s.app_id = \(id) AND s.status IN ('open', 'redeeming'))
            """, noting: entry)
    }

    /// Records that Microsoft refuses the application.
    static func beginRefusal(of id: Int64, tenant: Int64, because cause: String, at now: Date) -> SQL {
        """
        UPDATE microsoft_apps SET refused_since = \(now), refusal = \(cause)
        WHERE tenant_id = \(tenant) AND app_id = \(id) AND retired_at IS NULL AND refused_since IS NULL
        """
    }

    static func endRefusal(of id: Int64, tenant: Int64) -> SQL {
        """
        UPDATE microsoft_apps SET refused_since = NULL, refusal = NULL
        WHERE tenant_id = \(tenant) AND app_id = \(id) AND refused_since IS NOT NULL
        """
    }

    /// - Returns: false if nothing was changed; no audit entry is written then.
    private func change(_ statement: SQL, noting entry: AuditInsertion) async throws -> Bool {
        try await database.transaction { transaction in
            guard try transaction.query(statement).affected == 1 else { return false }
            transaction.audit(entry)
            return true
        }
    }

    private func seal(_ secret: String, of id: Int64, tenant: Int64) throws -> [UInt8] {
        try keyRing.seal(Array(secret.utf8), for: .init(tenant: tenant, row: id, purpose: .applicationSecret))
    }
}
