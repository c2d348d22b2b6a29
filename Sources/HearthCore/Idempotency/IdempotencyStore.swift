import Foundation
import HTTPTypes
import HearthWeb
import Postgres

/// The statements about idempotency keys.
struct IdempotencyStore: Sendable {
    let database: Database
    let keyRing: KeyRing

    /// The lease in seconds. While a call that asks Microsoft holds it, repetitions are told to wait.
    static let lease: TimeInterval = 60

    /// The state of a key.
    enum Finding: Sendable {
        case unknown
        case finished(PreparedAnswer)
        case running(until: Date)
        /// The key was used with another body or for another operation.
        case otherCall
    }

    /// Looks the key up. One that has expired is removed, so that it can be used again.
    func find(_ key: IdempotencyKey, of tenant: Int64, at now: Date) async throws -> Finding {
        let row = try await database.read(
            """
            SELECT fingerprint, status_code, answer, lease_until, expires_at <= \(now) AS is_expired
            FROM idempotency_keys WHERE tenant_id = \(tenant) AND key = \(key.text)
            """
        ).first
        guard let row else { return .unknown }
        if try row["is_expired"] {
            _ = try await database.write(
                """
                DELETE FROM idempotency_keys
                WHERE tenant_id = \(tenant) AND key = \(key.text) AND expires_at <= \(now)
                """)
            return .unknown
        }
        guard try row["fingerprint"] == key.fingerprint else { return .otherCall }
        guard let status: Int = try row[nullable: "status_code"], let sealed: [UInt8] = try row[nullable: "answer"]
        else {
            let until: Date = try row["lease_until"]
            return until > now ? .running(until: until) : .unknown
        }
        let message = try keyRing.open(
            sealed, for: .init(tenant: tenant, name: key.text, purpose: .idempotentAnswer))
        guard let answer = PreparedAnswer(status: status, message: message) else { throw KeyRing.Failure.malformed }
        return .finished(answer)
    }

    /// Leases the key to a call that asks Microsoft before its commit.
    /// - Returns: the lease number; nil if another call holds the lease or has finished.
    func lease(_ key: IdempotencyKey, of tenant: Int64, at now: Date) async throws -> Int? {
        try await database.write(
            """
            INSERT INTO idempotency_keys AS k (tenant_id, key, fingerprint, lease_until, lease_no, created_at, expires_at)
            VALUES (\(tenant), \(key.text), \(key.fingerprint), \(now.addingTimeInterval(Self.lease)), 1, \(now),
                \(now.addingTimeInterval(IdempotentCall.life)))
            ON CONFLICT (tenant_id, key) DO UPDATE
            SET lease_until = excluded.lease_until, lease_no = k.lease_no + 1
            WHERE k.answer IS NULL AND k.lease_until <= \(now) AND k.fingerprint = excluded.fingerprint
            RETURNING k.lease_no
            """
        ).scalar("lease_no")
    }

    /// Frees the key of a failed call.
    func release(_ key: IdempotencyKey, of tenant: Int64, lease: Int) async throws {
        _ = try await database.write(
            """
            DELETE FROM idempotency_keys
            WHERE tenant_id = \(tenant) AND key = \(key.text) AND lease_no = \(lease) AND answer IS NULL
            """)
    }

    // MARK: In the commit of the call's effect

    /// Stores the answer of a call that held no lease.
    static func insertion(of key: IdempotencyKey, tenant: Int64, status: Int, answer: [UInt8], at now: Date) -> SQL {
        """
        INSERT INTO idempotency_keys (tenant_id, key, fingerprint, status_code, answer, created_at, expires_at)
        VALUES (\(tenant), \(key.text), \(key.fingerprint), \(status), \(answer), \(now),
            \(now.addingTimeInterval(IdempotentCall.life)))
        """
    }

    /// Stores the answer of a call that held a lease.
    static func finish(
        _ key: IdempotencyKey, of tenant: Int64, lease: Int, status: Int, answer: [UInt8], at now: Date
    ) -> SQL {
        """
        UPDATE idempotency_keys SET status_code = \(status), answer = \(answer), lease_until = NULL,
            expires_at = \(now.addingTimeInterval(IdempotentCall.life))
        WHERE tenant_id = \(tenant) AND key = \(key.text) AND lease_no = \(lease) AND answer IS NULL
        """
    }

    // MARK: Removal

    /// Removes some of a tenant's expired keys.
    static func removeExpired(of tenant: Int64, limit: Int, at now: Date) -> SQL {
        """
        DELETE FROM idempotency_keys WHERE tenant_id = \(tenant) AND expires_at <= \(now) AND key = ANY(ARRAY(
            SELECT key FROM idempotency_keys WHERE tenant_id = \(tenant) AND expires_at <= \(now) LIMIT \(limit)))
        """
    }
}
