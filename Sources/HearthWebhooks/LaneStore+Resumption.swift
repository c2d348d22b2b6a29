import Foundation
import Postgres

/// The lanes of an endpoint that is enabled or led elsewhere go on, the oldest event first.
extension LaneStore {
    /// Lets looks for due work see the lanes again that ``freeze(_:)`` has taken out. Locks every lane that ``resume(_:of:at:)``
    /// changes as well, by primary key.
    static func thaw(_ endpoint: Int64, of tenant: Int64) -> SQL {
        """
        WITH lane AS (
            SELECT lane_key FROM webhook_lanes
            WHERE tenant_id = \(tenant) AND endpoint_id = \(endpoint) AND (is_frozen OR due_at IS NOT NULL)
            ORDER BY lane_key FOR UPDATE
        )
        UPDATE webhook_lanes l SET is_frozen = false FROM lane
        WHERE l.tenant_id = \(tenant) AND l.endpoint_id = \(endpoint) AND l.lane_key = lane.lane_key AND l.is_frozen
        """
    }

    /// Makes the lanes due. Lanes are claimed in the order of `due_at`, so the time of its event makes the oldest the first.
    /// What is due within a lease may be in a worker's hands, and comes by itself.
    static func resume(_ endpoint: Int64, of tenant: Int64, at now: Date) -> SQL {
        """
        WITH stopped AS (
            SELECT lane_key, next FROM webhook_lanes
            WHERE tenant_id = \(tenant) AND endpoint_id = \(endpoint) AND due_at IS NOT NULL
                AND (due_at <= \(now) OR due_at > \(now.addingTimeInterval(lease)))
            ORDER BY lane_key FOR UPDATE
        )
        UPDATE webhook_lanes l SET due_at = least(l.due_at, d.event_created_at), attempt = 0
        FROM stopped s JOIN webhook_deliveries d
            ON d.tenant_id = \(tenant) AND d.endpoint_id = \(endpoint) AND d.lane_key = s.lane_key AND d.number = s.next
        WHERE l.tenant_id = \(tenant) AND l.endpoint_id = \(endpoint) AND l.lane_key = s.lane_key
        """
    }
}
