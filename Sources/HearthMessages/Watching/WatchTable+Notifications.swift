import Foundation
import HearthRules
import Postgres

/// Notifications, which Microsoft sends without our asking. Each is checked against the secret of its mailbox's subscription.
extension WatchTable {
    /// Stores notifications of one tenant and makes their watches due. Those with a wrong secret, or for mailboxes that are not
    /// watched, are dropped. Returns `stored`, their number.
    static func store(_ items: [ChangeNotification], ids: [Int64], of tenant: Int64, at now: Date) -> SQL {
        """
        WITH item AS (
            SELECT * FROM unnest(\(ids), \(items.map(\.mailboxID)), \(items.map(\.secretHash)), \(items.map(\.graphID)),
                \(items.map(\.lifecycle?.rawValue))) AS i (notification_id, mailbox_id, secret_hash, graph_id, lifecycle)
        ), valid AS (
            SELECT i.* FROM item i JOIN mailbox_watches w ON w.mailbox_id = i.mailbox_id
                AND i.secret_hash IN (encode(w.secret_hash, 'hex'), encode(w.former_secret_hash, 'hex'))
            WHERE w.tenant_id = \(tenant)
        ), watch AS (
            SELECT w.mailbox_id FROM mailbox_watches w
            WHERE w.tenant_id = \(tenant) AND w.mailbox_id IN (SELECT mailbox_id FROM valid)
            ORDER BY w.mailbox_id FOR UPDATE
        ), stored AS (
            INSERT INTO change_notifications (tenant_id, mailbox_id, notification_id, graph_id, received_at)
            SELECT \(tenant), v.mailbox_id, v.notification_id, v.graph_id, \(now)
            FROM valid v JOIN watch ON watch.mailbox_id = v.mailbox_id
        ), due AS (
            UPDATE mailbox_watches w SET notified_at = \(now), sweep_at = least(w.sweep_at, \(now)),
                subscription_id = CASE WHEN e.is_removed THEN NULL ELSE w.subscription_id END,
                subscribed_until = CASE WHEN e.is_removed THEN NULL ELSE w.subscribed_until END,
                subscribe_at = CASE WHEN e.is_removed OR e.wants_token THEN least(w.subscribe_at, \(now))
                    ELSE w.subscribe_at END,
                due_at = CASE WHEN w.due_at IS NULL THEN NULL ELSE least(w.due_at, \(now)) END
            FROM (
                SELECT v.mailbox_id, bool_or(v.lifecycle = 'subscriptionRemoved') IS TRUE AS is_removed,
                    bool_or(v.lifecycle = 'reauthorizationRequired') IS TRUE AS wants_token
                FROM valid v JOIN watch ON watch.mailbox_id = v.mailbox_id GROUP BY v.mailbox_id) AS e
            WHERE w.tenant_id = \(tenant) AND w.mailbox_id = e.mailbox_id
        )
        SELECT count(*) AS stored FROM valid
        """
    }
}

/// One item of Microsoft's notification.
struct ChangeNotification: Sendable, Equatable {
    enum Lifecycle: String, Sendable {
        case subscriptionRemoved, missed, reauthorizationRequired
    }

    let tenantID: Int64
    let mailboxID: Int64
    /// SHA-256 of the secret, in hexadecimal digits.
    let secretHash: String
    /// Of the changed message; nil for a lifecycle event.
    let graphID: String?
    let lifecycle: Lifecycle?
}
