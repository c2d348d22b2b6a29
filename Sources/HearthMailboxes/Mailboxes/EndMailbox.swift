package import Foundation
package import HearthCore
import HearthWeb
package import Postgres

/// Disconnects or deletes a mailbox at its partner's request.
package struct EndMailbox: Sendable {
    let database: Database
    let work: WorkHints
    let now: @Sendable () -> Date
    package let dependents: [any ConnectionDependent]

    /// Maximum seconds until the remaining data of a deleted mailbox is destroyed.
    package static let retention: TimeInterval = 30 * 86_400

    package init(_ connections: Connections) {
        database = connections.dependencies.database
        work = connections.dependencies.work
        now = connections.dependencies.now
        dependents = connections.dependents
    }

    package struct Deletion: Sendable {
        /// The mailbox after its disconnection.
        let mailbox: Mailbox
        package let deletedAt: Date
        let purgeAt: Date
    }

    /// Stops every use and destroys the tokens. A mailbox that is already disconnected does not change.
    ///
    /// - Parameter answer: receives the mailbox after the disconnection; its writes are part of the same commit.
    /// - Throws: 404 `MAILBOX_NOT_FOUND`.
    package func disconnect<Answer: Sendable>(
        _ id: Int64, by caller: Caller,
        answer: @escaping @Sendable (Mailbox, Date, inout Transaction) throws -> Answer
    ) async throws -> Answer {
        try await end(id, of: caller.tenantID) { lock, now, transaction in
            guard lock.deletedAt == nil else { throw APIError.mailboxNotFound }
            let (mailbox, isTold) = try lock.disconnect(by: caller, at: now, in: &transaction)
            return (try answer(mailbox, now, &transaction), isTold)
        }
    }

    /// Disconnects a mailbox and hides it. A mailbox that is already deleted keeps its deletion and purge times.
    ///
    /// - Throws: 404 `MAILBOX_NOT_FOUND`; 409 `MAILBOX_IN_USE`.
    package func delete<Answer: Sendable>(
        _ id: Int64, by caller: Caller, answer: @escaping @Sendable (Deletion, inout Transaction) throws -> Answer
    ) async throws -> Answer {
        try await end(id, of: caller.tenantID) { lock, now, transaction in
            guard lock.mailbox.uses.isEmpty else { throw APIError.mailboxInUse(by: lock.mailbox.uses) }
            let (mailbox, isTold) = try lock.disconnect(by: caller, at: now, in: &transaction)
            let deletedAt = lock.deletedAt ?? now
            let purgeAt = lock.purgeAt ?? now.addingTimeInterval(Self.retention)
            if lock.deletedAt == nil { lock.markDeleted(at: deletedAt, purgeAt: purgeAt, in: &transaction) }
            let deletion = Deletion(mailbox: mailbox, deletedAt: deletedAt, purgeAt: purgeAt)
            return (try answer(deletion, &transaction), isTold)
        }
    }

    private func end<Answer: Sendable>(
        _ id: Int64, of tenant: Int64,
        _ effect: @escaping @Sendable (MailboxLock, Date, inout Transaction) throws -> (Answer, Bool)
    ) async throws -> Answer {
        let now = now()
        let (answer, isTold) = try await database.transaction { [dependents] transaction in
            let lock = try MailboxLock.take(id, of: tenant, with: dependents, in: &transaction)
            return try effect(lock, now, &transaction)
        }
        if isTold { work.eventCommitted() }
        return answer
    }
}
