import HearthCore
package import HearthMailboxes
package import Postgres

/// Sending and watching stop with the mailbox's connection, and go on with it.
package struct MessageConnections: ConnectionDependent {
    package init() {}

    package func lock(_ mailbox: SQL, of tenant: Int64) -> SQL {
        """
        SELECT w.mailbox_id FROM mailbox_watches w
        WHERE w.tenant_id = \(tenant) AND w.mailbox_id = \(mailbox) FOR UPDATE
        """
    }

    package func use(_ locked: Rows) -> ConnectionUse? { nil }

    /// Messages that wait are held when the worker comes to them: without a grant it asks Microsoft for nothing.
    package func lost(_ loss: LostConnection, _ locked: Rows, in transaction: inout Transaction) {
        guard !locked.isEmpty else { return }
        transaction.write(WatchTable.pause(loss.mailboxID, of: loss.tenantID, at: loss.now))
    }

    package func restored(_ connection: RestoredConnection, _ locked: Rows, in transaction: inout Transaction) throws {
        let (mailbox, tenant, now) = (connection.mailboxID, connection.tenantID, connection.now)
        if !locked.isEmpty { transaction.write(WatchTable.resume(mailbox, of: tenant, at: now)) }
        guard try !transaction.query(SubmissionLanes.lock(mailbox, of: tenant)).isEmpty,
            try transaction.query(MessageTable.queueHeld(of: mailbox, tenant: tenant, at: now)).affected > 0
        else { return }
        transaction.write(SubmissionLanes.wake(mailbox, of: tenant, at: now))
    }
}
