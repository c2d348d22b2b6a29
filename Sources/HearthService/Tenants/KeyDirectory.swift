import Foundation
import Postgres
import Synchronization

/// Finds who an API key belongs to.
///
/// Successes are kept for one second, so that a busy key costs one statement a second and a revocation holds
/// everywhere within about a second, without a broadcast.
final class KeyDirectory: Sendable {
    private struct Entry {
        let identity: Identity
        let until: ContinuousClock.Instant
    }

    private static let life = Duration.seconds(1)
    private static let capacity = 10_000

    private let database: Database
    private let now: @Sendable () -> Date
    let uses: KeyUses
    private let entries = Mutex<[String: Entry]>([:])

    init(_ database: Database, now: @escaping @Sendable () -> Date) {
        self.database = database
        self.now = now
        uses = KeyUses(database)
    }

    /// Nil when the key is malformed, unknown, wrong, revoked or expired.
    func identity(forKey text: String) async throws -> Identity? {
        let now = ContinuousClock.now
        if let entry = entries.withLock({ $0[text] }), entry.until > now { return entry.identity }
        guard let key = APIKey(text), let identity = try await find(key) else { return nil }
        uses.note(identity, at: self.now())
        entries.withLock { entries in
            if entries.count >= Self.capacity { entries = entries.filter { $0.value.until > now } }
            if entries.count >= Self.capacity { entries.removeAll() }
            entries[text] = Entry(identity: identity, until: now + Self.life)
        }
        return identity
    }

    private func find(_ key: APIKey) async throws -> Identity? {
        let rows = try await database.read(
            """
            SELECT k.digest, k.scopes, k.expires_at, \(unescaped: Identity.columns)
            FROM api_keys k
            JOIN tenants t ON t.tenant_id = k.tenant_id
            \(unescaped: Identity.ownApplication)
            WHERE k.tenant_id = \(key.tenantID) AND k.key_id = \(key.keyID) AND k.revoked_at IS NULL
                AND t.status <> 'deleted'
            """)
        guard let row = rows.first else { return nil }
        let digest: [UInt8] = try row["digest"]
        guard isEqualInConstantTime(digest, key.digest) else { return nil }
        let end: Date? = try row[nullable: "expires_at"]
        if let end, end <= now() { return nil }
        let scopes: [String] = try row["scopes"]
        return try Identity(
            row: row, keyID: key.keyID, keyExpiresAt: end, scopes: Set(scopes.compactMap(Scope.init)))
    }
}
