import HearthCore
import HearthRules
package import Postgres

/// Shared mailboxes use their delegate's token, so they stop working with its connection and recover with it.
package struct SharedMailboxes: ConnectionDependent {

    package init() {
    }
    /// Locks those that are not disconnected.
    package func lock(_ mailbox: SQL, of tenant: Int64) -> SQL {
        """
        SELECT \(unescaped: SharedMailbox.columns) FROM \(unescaped: SharedMailbox.relations)
        WHERE s.tenant_id = \(tenant) AND s.mailbox_id = \(mailbox) AND s.disconnected_at IS NULL
        ORDER BY s.shared_mailbox_id FOR UPDATE OF s
        """
    }

    package func use(_ locked: Rows) -> ConnectionUse? { nil }

    package func lost(_ loss: LostConnection, _ locked: Rows, in transaction: inout Transaction) throws {
        guard !locked.isEmpty else { return }
        if loss.isEnd {
            SharedMailboxStore.disconnect(borrowing: loss.mailboxID, of: loss.tenantID, at: loss.now, in: &transaction)
        }
        guard loss.isNews else { return }
        for mailbox in try locked.map(SharedMailbox.init) {
            Outbox.append(
                OutboxEvent(.disconnected, of: mailbox, problem: loss.problem, at: loss.now), tenant: loss.tenantID,
                in: &transaction)
        }
    }

    /// They work again unless the delegate's grant does not cover shared mailboxes.
    package func restored(_ connection: RestoredConnection, _ locked: Rows, in transaction: inout Transaction) throws {
        for before in try locked.map(SharedMailbox.init) {
            let after = before.borrowing(connection.scopes)
            guard (before.status == .connected) != (after.status == .connected) else { continue }
            Outbox.append(
                OutboxEvent(
                    after.status == .connected ? .reconnected : .disconnected, of: after, problem: after.problem,
                    at: connection.now),
                tenant: connection.tenantID, in: &transaction)
        }
    }
}
