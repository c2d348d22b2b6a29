import Foundation
import HearthCore
import Logging
import Postgres

/// The sessions of a tenant's console.
struct ConsoleSessionStore: Sendable {
    let database: Database

    /// The API key or the member that signed in.
    enum Credential: Sendable, Equatable {
        case key(Int64)
        case member(Int64)

        init(of identity: Identity) {
            self = identity.memberID.map(Self.member) ?? .key(identity.keyID)
        }

        fileprivate var keyID: Int64? { if case .key(let id) = self { id } else { nil } }
        fileprivate var memberID: Int64? { if case .member(let id) = self { id } else { nil } }
    }

    /// An open session with the current rights of its key or member.
    struct Open: Sendable {
        let identity: Identity
        let seenAt: Date
        let endsAt: Date
    }

    /// A session as its owner sees it on the account page.
    struct Listed: Sendable {
        let digest: [UInt8]
        let source: String?
        let createdAt: Date
        let seenAt: Date
    }

    /// Sessions of one key or member at most, so that a script that keeps signing in does not fill the table.
    static let limit = 50
    /// Seconds between two updates of `seen_at`.
    static let seenPause: TimeInterval = 60

    /// The statements that begin a session and end the oldest above the limit.
    ///
    /// - Parameter source: the browser's address.
    static func beginning(
        _ session: ConsoleSession, of tenant: Int64, by credential: Credential, from source: String?, at now: Date
    ) -> [SQL] {
        let (key, member) = (credential.keyID, credential.memberID)
        return [
            """
            DELETE FROM console_sessions WHERE tenant_id = \(tenant) AND digest IN (
                SELECT digest FROM console_sessions
                WHERE tenant_id = \(tenant) AND (key_id = \(key) OR member_id = \(member))
                ORDER BY created_at DESC OFFSET \(limit - 1))
            """,
            """
            INSERT INTO console_sessions (tenant_id, digest, key_id, member_id, source, created_at, seen_at, ends_at)
            VALUES (\(tenant), \(session.digest), \(key), \(member), \(source), \(now), \(now),
                \(ConsoleSession.end(ofSessionFrom: now)))
            """,
        ]
    }

    /// Returns the session of a cookie; nil once it has ended, its key is revoked or expired, its member or the tenant's
    /// provider is removed, or the tenant is suspended.
    func find(_ session: ConsoleSession, of tenant: Int64, at now: Date) async throws -> Open? {
        let row = try await database.read(
            """
            SELECT s.seen_at, s.ends_at, k.key_id, k.scopes, k.expires_at, m.member_id, m.role,
                \(unescaped: Identity.columns)
            FROM console_sessions s
            JOIN tenants t ON t.tenant_id = s.tenant_id AND t.status = 'active'
            LEFT JOIN api_keys k ON k.tenant_id = s.tenant_id AND k.key_id = s.key_id AND k.revoked_at IS NULL
                AND (k.expires_at > \(now)) IS NOT FALSE
            LEFT JOIN console_members m ON m.tenant_id = s.tenant_id AND m.member_id = s.member_id
                AND m.subject IS NOT NULL
                AND EXISTS (SELECT FROM tenant_sign_ins i WHERE i.tenant_id = s.tenant_id)
            \(unescaped: Identity.ownApplication)
            WHERE s.tenant_id = \(tenant) AND s.digest = \(session.digest) AND s.ends_at > \(now)
                AND (k.key_id IS NOT NULL OR m.member_id IS NOT NULL)
            """
        ).first
        guard let row else { return nil }
        return Open(identity: try Self.identity(row), seenAt: try row["seen_at"], endsAt: try row["ends_at"])
    }

    private static func identity(_ row: Row) throws -> Identity {
        if let member: Int64 = try row[nullable: "member_id"] {
            let role: MemberRole = try row["role"]
            return try Identity(row: row, keyID: member, scopes: role.scopes, memberID: member)
        }
        let scopes: [String] = try row["scopes"]
        return try Identity(
            row: row, keyID: try row["key_id"], keyExpiresAt: try row[nullable: "expires_at"],
            scopes: Set(scopes.compactMap(Scope.init)))
    }

    /// Records that the session is in use. The request does not depend on it, so a failure is only logged.
    func see(_ session: ConsoleSession, of tenant: Int64, at now: Date, logger: Logger) async {
        do {
            _ = try await database.write(
                """
                UPDATE console_sessions SET seen_at = \(now) WHERE tenant_id = \(tenant) AND digest = \(session.digest)
                    AND seen_at <= \(now.addingTimeInterval(-Self.seenPause))
                """)
        } catch {
            logger.warning("Could not record the last use of a session", metadata: ["error": "\(error)"])
        }
    }

    func end(_ session: ConsoleSession, of tenant: Int64, noting entry: AuditInsertion) async throws {
        try await database.transaction { transaction in
            transaction.write(
                "DELETE FROM console_sessions WHERE tenant_id = \(tenant) AND digest = \(session.digest)")
            transaction.audit(entry)
        }
    }

    /// Ends all sessions of a key or member, in every browser.
    func endAll(of credential: Credential, tenant: Int64, noting entry: AuditInsertion) async throws {
        try await database.transaction { transaction in
            transaction.write(
                """
                DELETE FROM console_sessions
                WHERE tenant_id = \(tenant) AND (key_id = \(credential.keyID) OR member_id = \(credential.memberID))
                """)
            transaction.audit(entry)
        }
    }

    /// Open sessions of a key or member, newest first.
    func list(of credential: Credential, tenant: Int64, at now: Date) async throws -> [Listed] {
        try await database.read(
            """
            SELECT digest, source, created_at, seen_at FROM console_sessions
            WHERE tenant_id = \(tenant) AND (key_id = \(credential.keyID) OR member_id = \(credential.memberID))
                AND ends_at > \(now)
            ORDER BY created_at DESC, digest
            """
        ).map {
            Listed(
                digest: try $0["digest"], source: try $0[nullable: "source"], createdAt: try $0["created_at"],
                seenAt: try $0["seen_at"])
        }
    }
}
