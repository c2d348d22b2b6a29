import Foundation
import HearthCore
import Postgres

/// The only writer of `submission_lanes`. A lane is leased while one of its mailbox's messages is submitted.
enum SubmissionLanes {
    /// Seconds; longer than a step of a submission and its commit. Each step renews it.
    static let lease: TimeInterval = 120

    /// A lane under lease.
    struct Held: Sendable {
        let tenantID: Int64
        let mailboxID: Int64
        let number: Int64
    }

    /// Makes the lane of a mailbox due. Locks it until the commit.
    static func wake(_ mailbox: Int64, of tenant: Int64, at dueAt: Date) -> SQL {
        """
        INSERT INTO submission_lanes AS l (tenant_id, mailbox_id, due_at) VALUES (\(tenant), \(mailbox), \(dueAt))
        ON CONFLICT (tenant_id, mailbox_id) DO UPDATE SET due_at = least(l.due_at, excluded.due_at)
        """
    }

    /// Locks the lane of a mailbox before its messages. No row if it has never sent anything.
    static func lock(_ mailbox: Int64, of tenant: Int64) -> SQL {
        "SELECT 1 FROM submission_lanes WHERE tenant_id = \(tenant) AND mailbox_id = \(mailbox) FOR UPDATE"
    }

    /// Lanes of all active tenants that are due and not leased, without locks.
    static func due(at now: Date, limit: Int, without tenants: [Int64]) -> SQL {
        """
        SELECT l.tenant_id, l.mailbox_id
        FROM submission_lanes l JOIN tenants t ON t.tenant_id = l.tenant_id AND t.status = 'active'
        WHERE l.due_at <= \(now) AND coalesce(l.lease_until <= \(now), true) AND l.tenant_id <> ALL(\(tenants))
        ORDER BY l.due_at LIMIT \(limit)
        """
    }

    /// Returns `lease_no`, and `was_abandoned`: whether the lease before ran out without an end. No row if another process has
    /// leased the lane.
    static func claim(_ mailbox: Int64, of tenant: Int64, at now: Date) -> SQL {
        """
        WITH free AS (
            SELECT mailbox_id, lease_until IS NOT NULL AS was_abandoned FROM submission_lanes
            WHERE tenant_id = \(tenant) AND mailbox_id = \(mailbox) AND due_at <= \(now)
                AND coalesce(lease_until <= \(now), true)
            FOR UPDATE SKIP LOCKED
        )
        UPDATE submission_lanes l SET lease_until = \(now.addingTimeInterval(lease)), lease_no = l.lease_no + 1
        FROM free WHERE l.tenant_id = \(tenant) AND l.mailbox_id = free.mailbox_id
        RETURNING l.lease_no, free.was_abandoned
        """
    }

    /// Locks the lane and renews its lease. No row if the lease was lost.
    static func hold(_ lane: Held, at now: Date) -> SQL {
        "UPDATE submission_lanes SET lease_until = \(now.addingTimeInterval(lease)) WHERE \(isHeld(lane)) RETURNING 1"
    }

    /// Ends the lease. Must be a statement of its own, after ``hold(_:at:)`` in the same transaction: its snapshot then has
    /// every message that was committed before the lane was locked, and a later one waits for the lane.
    static func release(_ lane: Held) -> SQL {
        """
        UPDATE submission_lanes SET lease_until = NULL, due_at = (
            SELECT min(due_at) FROM messages
            WHERE tenant_id = \(lane.tenantID) AND mailbox_id = \(lane.mailboxID) AND due_at IS NOT NULL)
        WHERE \(isHeld(lane))
        """
    }

    private static func isHeld(_ lane: Held) -> SQL {
        "tenant_id = \(lane.tenantID) AND mailbox_id = \(lane.mailboxID) AND lease_no = \(lane.number)"
    }
}
