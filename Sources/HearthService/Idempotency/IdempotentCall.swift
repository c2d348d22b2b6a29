import Foundation
import HTTPTypes
import Postgres

/// One run of a write that may have to be answered again: it keeps its answer in the commit of its effect.
struct IdempotentCall: Sendable {
    /// Nil when the caller sent no key: nothing is kept.
    private let kept: Kept?

    private struct Kept: Sendable {
        let key: IdempotencyKey
        let tenant: Int64
        let lease: Int?
        let keyRing: KeyRing
        let now: Date
    }

    /// How long an answer is given again.
    static let life: TimeInterval = 86_400

    /// A call without a key.
    static let unkeyed = IdempotentCall(kept: nil)

    private init(kept: Kept?) {
        self.kept = kept
    }

    /// - Parameter lease: the number under which the row is held; nil for a call that holds none.
    init(_ key: IdempotencyKey, of tenant: Int64, lease: Int?, keyRing: KeyRing, at now: Date) {
        kept = Kept(key: key, tenant: tenant, lease: lease, keyRing: keyRing, now: now)
    }

    var keepsAnswer: Bool { kept != nil }

    /// Writes the answer down; it leaves with the transaction's COMMIT. Every path that succeeds must come by here.
    func record(_ answer: PreparedAnswer, in transaction: inout Transaction) throws {
        guard let kept else { return }
        let sealed = try kept.keyRing.seal(
            answer.message, for: .init(tenant: kept.tenant, name: kept.key.text, purpose: .idempotentAnswer))
        guard let lease = kept.lease else {
            // The same call at the same time: whoever commits second violates the primary key and answers what the
            // first has kept.
            return transaction.write(
                """
                INSERT INTO idempotency_keys (tenant_id, key, fingerprint, status_code, answer, created_at, expires_at)
                VALUES (\(kept.tenant), \(kept.key.text), \(kept.key.fingerprint), \(answer.status.code), \(sealed),
                    \(kept.now), \(kept.now.addingTimeInterval(Self.life)))
                """)
        }
        transaction.write(
            """
            UPDATE idempotency_keys SET status_code = \(answer.status.code), answer = \(sealed), lease_until = NULL,
                expires_at = \(kept.now.addingTimeInterval(Self.life))
            WHERE tenant_id = \(kept.tenant) AND key = \(kept.key.text) AND lease_no = \(lease) AND answer IS NULL
            """)
    }
}
