package import Foundation
import HearthCore
package import HearthRules
package import Postgres
import StrictJSON

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
        if loss.isDisconnection {
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

/// Events of a shared mailbox. The `type` is `shared_mailbox.` and the raw value.
package enum SharedMailboxEvent: String, Sendable, CaseIterable {
    case connected, disconnected
    /// Its delegate's connection works again.
    case reconnected
}

extension OutboxEvent {
    /// - Parameter problem: why it does not work; nil if it works or was removed.
    package init(_ event: SharedMailboxEvent, of mailbox: SharedMailbox, problem: ConnectionProblem?, at now: Date) {
        var data = JSONWriter()
        data.object { json in
            json.member("shared_mailbox_id", mailbox.id)
            json.member("address", mailbox.address)
            json.member("mailbox_id", mailbox.delegate.mailboxID)
            json.member("mailbox_address", mailbox.delegate.address)
            json.member("code", problem?.rawValue)
            json.member("message", problem?.words)
        }
        self.init(
            type: "shared_mailbox.\(event.rawValue)", action: event.rawValue,
            orderingKey: "shared_mailbox:\(mailbox.id)", campaignID: nil, ownerEmail: nil, sequence: 0,
            account: Self.account(
                campaignID: nil, firstName: "", lastName: "", email: mailbox.address, tags: [], meta: nil),
            data: data.text, createdAt: now)
    }
}
