import Foundation
import HearthCore
import HearthGraphMail
import HearthMailboxes
import HearthRules
import HearthWeb
import Postgres

/// A message to be stored and sent.
struct NewMessage: Sendable {
    let id: Int64
    let mailboxID: Int64
    let tenantID: Int64
    let content: GraphMessage
    let stamp: MessageStamp
    let sendAt: Date

    /// Stores the message, if the mailbox can send it now.
    ///
    /// A mailbox that may be read is watched from its first message on, because only that finds bounces and answers.
    ///
    /// - Throws: 404 `MAILBOX_NOT_FOUND`; 409 `MAILBOX_MAY_NOT_SEND` or a `CONNECTION_…` code.
    func store(keyRing: KeyRing, at now: Date, in transaction: inout Transaction) throws -> Message {
        let level = try checkMailbox(in: &transaction)
        // In the order of locks.
        let watch = level.mayRead ? [WatchTable.begin(mailboxID, of: tenantID, content: nil, at: now)] : []
        let statements = [
            SubmissionLanes.wake(mailboxID, of: tenantID, at: sendAt),
            MessageTable.insertion(
                of: id, mailbox: mailboxID, tenant: tenantID,
                sealed: try content.sealed(for: id, tenant: tenantID, keyRing: keyRing),
                recipients: content.recipients.count,
                stamp: stamp, sendAt: sendAt, at: now),
        ]
        let rows = try transaction.query(all: watch + statements + [MessageStore.one(id, of: tenantID)])
        guard let row = rows.last?.first else { throw APIError.messageNotFound }
        return try Message(row: row, keyRing: keyRing)
    }

    /// Locks the mailbox against a disconnection, so that no message is stored after it.
    private func checkMailbox(in transaction: inout Transaction) throws -> PermissionLevel {
        let row = try transaction.query(
            """
            SELECT m.problem, g.level FROM mailboxes m
            LEFT JOIN grants g ON g.tenant_id = m.tenant_id AND g.grant_id = m.grant_id
            WHERE m.tenant_id = \(tenantID) AND m.mailbox_id = \(mailboxID) AND m.deleted_at IS NULL
            FOR SHARE OF m
            """
        ).first
        guard let row else { throw APIError.mailboxNotFound }
        let problem: String? = try row[nullable: "problem"]
        if let problem = problem.flatMap(ConnectionProblem.init) { throw APIError(connection: problem) }
        guard let level: PermissionLevel = try row[nullable: "level"] else { throw APIError.connectionDisconnected }
        guard level.maySend else { throw APIError.mailboxMayNotSend }
        return level
    }
}
