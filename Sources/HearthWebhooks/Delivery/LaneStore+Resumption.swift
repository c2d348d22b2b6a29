import Foundation
import Postgres

/// Resumes the lanes of an endpoint that is enabled or gets a new URL, oldest event first.
extension LaneStore {
    /// Makes lanes that ``freeze(_:)`` has hidden discoverable again. Also locks every lane that ``resume(_:of:at:)`` changes,
    /// in the order of the primary key.
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

    /// Makes the lanes due. Lanes are claimed in the order of `due_at`, so it is set to the time of the head's event, which
    /// puts the oldest first. A lane that is due within the length of a lease may be claimed, and becomes due soon anyway.
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
