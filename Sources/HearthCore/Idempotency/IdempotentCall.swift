package import Foundation
import HTTPTypes
package import HearthWeb
package import Postgres

/// One run of a write that may have to be answered again: it keeps its answer, and its audit entry, in the commit of its
/// effect.
package struct IdempotentCall: Sendable {
    private let note: AuditNote
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
    package static let life: TimeInterval = 86_400

    /// A call without a key.
    init(_ note: AuditNote) {
        self.note = note
        kept = nil
    }

    /// - Parameter lease: the number under which the row is held; nil for a call that holds none.
    init(
        _ note: AuditNote, _ key: IdempotencyKey, of tenant: Int64, lease: Int?, keyRing: KeyRing, at now: Date
    ) {
        self.note = note
        kept = Kept(key: key, tenant: tenant, lease: lease, keyRing: keyRing, now: now)
    }

    /// Runs an effect that is one statement, and no SELECT. Unless the answer is kept, it leaves with its audit entry as one
    /// statement, outside a transaction, so that it may share a pipeline with others.
    ///
    /// - Parameter answer: makes the answer from what the effect returns.
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
            recorded: try answer(try await database.write("WITH audit AS (\(entry.statement)) \(effect)")))
    }

    /// One of several things that the call makes, each with an entry of its own beside that of the call.
    package func mention(_ subject: String, in transaction: inout Transaction) throws {
        transaction.audit(try note.insertion(outcome: "200", subject: subject))
    }

    /// Writes the answer and the audit entry; they leave with the transaction's COMMIT.
    ///
    /// - Parameter subject: what the call has made, such as `key:12`, where its path does not name it.
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
            // The same call at the same time: whoever commits second violates the primary key and answers what the
            // first has kept.
            return transaction.write(
                IdempotencyStore.insertion(
                    of: kept.key, tenant: kept.tenant, status: answer.status.code, answer: sealed, at: kept.now))
        }
        transaction.write(
            IdempotencyStore.finish(
                kept.key, of: kept.tenant, lease: lease, status: answer.status.code, answer: sealed, at: kept.now))
    }
}
