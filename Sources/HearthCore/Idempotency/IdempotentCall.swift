package import Foundation
import HTTPTypes
package import HearthWeb
package import Postgres

/// One run of a write whose answer may have to be replayed. The answer and the audit entry are stored in the commit of the
/// effect.
package struct IdempotentCall: Sendable {
    private let note: CallAudit
    /// Nil if the caller sent no key; then no answer is stored.
    private let kept: Kept?

    private struct Kept: Sendable {
        let key: IdempotencyKey
        let tenant: Int64
        let lease: Int?
        let keyRing: KeyRing
        let now: Date
    }

    /// How long an answer is replayed, in seconds.
    package static let life: TimeInterval = 86_400

    /// Creates a call without a key.
    init(_ note: CallAudit) {
        self.note = note
        kept = nil
    }

    /// - Parameter lease: the lease number of the key; nil for a call without a lease.
    init(
        _ note: CallAudit, _ key: IdempotencyKey, of tenant: Int64, lease: Int?, keyRing: KeyRing, at now: Date
    ) {
        self.note = note
        kept = Kept(key: key, tenant: tenant, lease: lease, keyRing: keyRing, now: now)
    }

    /// Runs an effect of a single statement, which must not be a SELECT. Unless the answer is stored, effect and audit entry
    /// are sent as one statement outside a transaction, so that they can share a pipeline with others.
    ///
    /// - Parameter answer: builds the answer from the rows that the effect returns.
    package func run(
        _ effect: SQL, on database: Database, subject: String,
        answer: @escaping @Sendable (Rows) throws -> PreparedAnswer
    ) async throws -> RecordedAnswer {
        guard kept == nil else {
            return try await database.transaction { transaction in
                try record(answer(transaction.query(effect)), subject: subject, in: &transaction)
            }
        }
        let entry = try note.insertion(outcome: "200", subject: subject)
        return RecordedAnswer(
            recorded: try answer(try await database.write(entry.with(effect))))
    }

    /// Adds an audit entry for one of several objects that the call creates, in addition to the entry of the call itself.
    package func mention(_ subject: String, in transaction: inout Transaction) throws {
        transaction.audit(try note.insertion(outcome: "200", subject: subject))
    }

    /// Writes the answer and the audit entry as part of the transaction.
    ///
    /// - Parameter subject: the created object, such as `key:12`, if the path does not name it.
    package func record(_ answer: PreparedAnswer, subject: String? = nil, in transaction: inout Transaction) throws
        -> RecordedAnswer
    {
        transaction.audit(try note.insertion(outcome: String(answer.status.code), subject: subject))
        try keep(answer, in: &transaction)
        return RecordedAnswer(recorded: answer)
    }

    private func keep(_ answer: PreparedAnswer, in transaction: inout Transaction) throws {
        guard let kept else { return }
        let sealed = try kept.keyRing.seal(
            answer.message, for: .init(tenant: kept.tenant, name: kept.key.text, purpose: .idempotentAnswer))
        guard let lease = kept.lease else {
            // Of two concurrent calls, the second to commit violates the primary key and replays the answer of the
            // first.
            return transaction.write(
                IdempotencyStore.insertion(
                    of: kept.key, tenant: kept.tenant, status: answer.status.code, answer: sealed, at: kept.now))
        }
        transaction.write(
            IdempotencyStore.finish(
                kept.key, of: kept.tenant, lease: lease, status: answer.status.code, answer: sealed, at: kept.now))
    }
}
