package import Foundation
import HearthRules
import HearthWeb
package import Outbound
package import Postgres
import Synchronization

/// Finds the identity of an API key.
///
/// Valid identities are cached for one second, so that a busy key costs one statement a second and a revocation takes effect
/// everywhere within about a second, without a broadcast. Valid keys are remembered for an hour: they are looked up again
/// regardless of failures from the same address. Wrong keys are remembered for a minute: a client that repeats one costs one
/// statement a minute. A wrong key never becomes valid, because keys are random and a revocation is final.
package final class KeyDirectory: Sendable {
    private struct Entry {
        let identity: Identity
        let until: ContinuousClock.Instant
    }

    /// How long an identity is cached.
    private static let life = Duration.seconds(1)
    /// How long a key is remembered as valid.
    private static let memory = Duration.seconds(3_600)
    /// How long a key is remembered as wrong.
    private static let refusal = Duration.seconds(60)
    private static let capacity = 10_000

    private let database: Database
    private let now: @Sendable () -> Date
    private let instant: @Sendable () -> ContinuousClock.Instant
    package let uses: KeyUses
    private let entries = Mutex<[String: Entry]>([:])
    /// Wrong keys, with the time until which they are remembered.
    private let refused = Mutex<[String: ContinuousClock.Instant]>([:])

    package init(
        _ database: Database, now: @escaping @Sendable () -> Date,
        instant: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.database = database
        self.now = now
        self.instant = instant
        uses = KeyUses(database)
    }

    /// Returns nil if the key is malformed, unknown, wrong, revoked or expired.
    package func identity(forKey text: String) async throws -> Identity? {
        try await identity(forKey: text) { () throws(APIError) in }
    }

    /// The same for a key from a client: if its address has failed too often, ``FailedAttempts`` limits the look-ups of keys
    /// that are not remembered as valid.
    ///
    /// - Throws: `APIError` 429 above that limit.
    package func identity(
        forKey text: String, from address: IPAddress?, _ failures: FailedAttempts
    ) async throws -> Identity? {
        try await identity(forKey: text) { () throws(APIError) in try failures.admitLookUp(from: address) }
    }

    private func identity(forKey text: String, admitted: () throws(APIError) -> Void) async throws -> Identity? {
        let now = instant()
        let entry = entries.withLock { $0[text] }
        if let entry, entry.until > now { return entry.identity }
        guard let key = APIKey(text), !isRemembered(asWrong: text, at: now) else { return nil }
        if !(entry.map { $0.until + Self.memory > now } ?? false) { try admitted() }
        guard let identity = try await find(key) else {
            entries.withLock { $0[text] = nil }
            remember(asWrong: text, at: now)
            return nil
        }
        uses.note(identity, at: self.now())
        entries.withLock { entries in
            if entries.count >= Self.capacity { entries = entries.filter { $0.value.until + Self.memory > now } }
            if entries.count >= Self.capacity { entries = entries.filter { $0.value.until > now } }
            if entries.count >= Self.capacity { entries.removeAll() }
            entries[text] = Entry(identity: identity, until: now + Self.life)
        }
        return identity
    }

    private func isRemembered(asWrong text: String, at now: ContinuousClock.Instant) -> Bool {
        refused.withLock { $0[text].map { $0 > now } ?? false }
    }

    private func remember(asWrong text: String, at now: ContinuousClock.Instant) {
        refused.withLock { refused in
            if refused.count >= Self.capacity { refused = refused.filter { $0.value > now } }
            if refused.count >= Self.capacity { refused.removeAll() }
            refused[text] = now + Self.refusal
        }
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
