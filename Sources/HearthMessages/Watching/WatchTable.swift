import Foundation
import HearthCore
import HearthRules
import Postgres

/// The only writer of `mailbox_watches`, `folder_cursors` and `change_notifications`.
enum WatchTable {
    /// Seconds; longer than one step of a watch and its commit. Each step renews it.
    static let lease: TimeInterval = 120

    /// Begins to watch a mailbox. One that is watched already keeps its subscription and its position.
    ///
    /// - Parameter content: how much is kept; nil leaves the policy of a watched mailbox as it is, and keeps nothing else.
    static func begin(_ mailbox: Int64, of tenant: Int64, content: ContentPolicy?, at now: Date) -> SQL {
        """
        INSERT INTO mailbox_watches AS w (tenant_id, mailbox_id, content, started_at, subscribe_at, sweep_at, due_at,
            created_at, updated_at)
        VALUES (\(tenant), \(mailbox), \(content ?? ContentPolicy.none), \(now), \(now), \(now), \(now), \(now), \(now))
        ON CONFLICT (tenant_id, mailbox_id) DO UPDATE
        SET content = coalesce(\(content?.rawValue), w.content), updated_at = \(now)
        WHERE w.content IS DISTINCT FROM coalesce(\(content?.rawValue), w.content)
        """
    }

    /// Ends a watch, with its positions and notifications. A worker that holds its lease loses it.
    static func end(_ mailbox: Int64, of tenant: Int64) -> SQL {
        "DELETE FROM mailbox_watches WHERE tenant_id = \(tenant) AND mailbox_id = \(mailbox)"
    }

    /// Makes a watch due, unless it is paused.
    static func wake(_ mailbox: Int64, of tenant: Int64, at now: Date) -> SQL {
        """
        UPDATE mailbox_watches SET sweep_at = least(sweep_at, \(now)), due_at = least(due_at, \(now))
        WHERE tenant_id = \(tenant) AND mailbox_id = \(mailbox) AND due_at IS NOT NULL
        """
    }

    // MARK: Lease

    /// Watches of all active tenants that are due and not leased, without locks.
    static func due(at now: Date, limit: Int, without tenants: [Int64]) -> SQL {
        """
        SELECT w.tenant_id, w.mailbox_id
        FROM mailbox_watches w JOIN tenants t ON t.tenant_id = w.tenant_id AND t.status = 'active'
        WHERE w.due_at <= \(now) AND coalesce(w.lease_until <= \(now), true) AND w.tenant_id <> ALL(\(tenants))
        ORDER BY w.due_at LIMIT \(limit)
        """
    }

    /// Returns ``Watch/columns``; no row if another process has leased the watch.
    static func claim(_ mailbox: Int64, of tenant: Int64, at now: Date) -> SQL {
        """
        UPDATE mailbox_watches w SET lease_until = \(now.addingTimeInterval(lease)), lease_no = lease_no + 1
        WHERE tenant_id = \(tenant) AND mailbox_id = \(mailbox) AND due_at <= \(now)
            AND coalesce(lease_until <= \(now), true)
        RETURNING \(unescaped: Watch.columns)
        """
    }

    /// Locks the watch and renews its lease. No row if the lease was lost.
    static func hold(_ watch: Watch, at now: Date) -> SQL {
        "UPDATE mailbox_watches SET lease_until = \(now.addingTimeInterval(lease)) WHERE \(isHeld(watch)) RETURNING 1"
    }

    /// Ends the lease. Must be a statement of its own, after ``hold(_:at:)``.
    static func release(_ watch: Watch) -> SQL {
        """
        UPDATE mailbox_watches SET lease_until = NULL,
            due_at = CASE WHEN due_at IS NULL THEN NULL ELSE least(subscribe_at, sweep_at) END
        WHERE \(isHeld(watch))
        """
    }

    // MARK: Subscription

    /// Stores the secret of the next subscription before Microsoft is asked for it. The one before stays valid until then.
    static func prepare(_ watch: Watch, secretHash: [UInt8]) -> SQL {
        """
        UPDATE mailbox_watches SET former_secret_hash = secret_hash, secret_hash = \(secretHash) WHERE \(isHeld(watch))
        """
    }

    static func subscribed(_ watch: Watch, _ id: String, until expiry: Date, renewAt: Date, at now: Date) -> SQL {
        """
        UPDATE mailbox_watches SET subscription_id = \(id), subscribed_until = \(expiry), former_secret_hash = NULL,
            subscription_problem = NULL, subscribe_at = \(renewAt), attempts = 0, updated_at = \(now)
        WHERE \(isHeld(watch))
        """
    }

    /// - Parameter retryAt: nil if a subscription is not possible.
    static func notSubscribed(_ watch: Watch, because problem: String, attempts: Int, retryAt: Date?, at now: Date)
        -> SQL
    {
        """
        UPDATE mailbox_watches SET subscription_problem = \(problem), subscribe_at = \(retryAt), attempts = \(attempts),
            updated_at = \(now)
        WHERE \(isHeld(watch))
        """
    }

    /// Forgets a subscription that has ended at Microsoft.
    static func subscriptionGone(_ watch: Watch, at now: Date) -> SQL {
        """
        UPDATE mailbox_watches SET subscription_id = NULL, subscribed_until = NULL, subscribe_at = \(now)
        WHERE \(isHeld(watch))
        """
    }

    // MARK: Sweep

    static func move(_ folder: WatchedFolder, of watch: Watch, to link: String) -> SQL {
        """
        INSERT INTO folder_cursors (tenant_id, mailbox_id, folder, link)
        VALUES (\(watch.tenantID), \(watch.mailboxID), \(folder), \(link))
        ON CONFLICT (tenant_id, mailbox_id, folder) DO UPDATE SET link = excluded.link
        """
    }

    /// Forgets the position in a folder, which is then read again from the beginning.
    static func forget(_ folder: WatchedFolder, of watch: Watch) -> SQL {
        """
        DELETE FROM folder_cursors
        WHERE tenant_id = \(watch.tenantID) AND mailbox_id = \(watch.mailboxID) AND folder = \(folder)
        """
    }

    /// Removes the notifications that a sweep has answered.
    static func answered(_ watch: Watch) -> SQL {
        """
        DELETE FROM change_notifications
        WHERE tenant_id = \(watch.tenantID) AND mailbox_id = \(watch.mailboxID)
            AND notification_id = ANY(\(watch.notifications))
        """
    }

    /// Ends a sweep. Must be a statement of its own, after ``answered(_:)``: notifications that arrived meanwhile start
    /// another one.
    static func swept(_ watch: Watch, next: Date, at now: Date) -> SQL {
        """
        UPDATE mailbox_watches SET swept_at = \(now), attempts = 0, sweep_at = CASE WHEN EXISTS (
                SELECT FROM change_notifications n
                WHERE n.tenant_id = \(watch.tenantID) AND n.mailbox_id = \(watch.mailboxID)) THEN \(now) ELSE \(next) END
        WHERE \(isHeld(watch))
        """
    }

    static func countMissed(_ count: Int, of watch: Watch) -> SQL {
        "UPDATE mailbox_watches SET missed = missed + \(count) WHERE \(isHeld(watch))"
    }

    static func postpone(_ watch: Watch, to dueAt: Date, attempts: Int) -> SQL {
        "UPDATE mailbox_watches SET sweep_at = \(dueAt), attempts = \(attempts) WHERE \(isHeld(watch))"
    }

    // MARK: Connection

    /// Stops the watch while the mailbox is not connected.
    static func pause(_ mailbox: Int64, of tenant: Int64, at now: Date) -> SQL {
        """
        UPDATE mailbox_watches SET due_at = NULL, subscription_id = NULL, subscribed_until = NULL, subscribe_at = \(now),
            updated_at = \(now)
        WHERE tenant_id = \(tenant) AND mailbox_id = \(mailbox)
        """
    }

    static func resume(_ mailbox: Int64, of tenant: Int64, at now: Date) -> SQL {
        """
        UPDATE mailbox_watches SET due_at = \(now), sweep_at = \(now), subscribe_at = least(subscribe_at, \(now)),
            updated_at = \(now)
        WHERE tenant_id = \(tenant) AND mailbox_id = \(mailbox)
        """
    }

    private static func isHeld(_ watch: Watch) -> SQL {
        "tenant_id = \(watch.tenantID) AND mailbox_id = \(watch.mailboxID) AND lease_no = \(watch.lease)"
    }
}
