import Foundation
import HearthRules
import Postgres

/// Queues replays. Replayed events get lanes of their own, so that they do not delay new ones.
extension LaneStore {
    /// Queues one event for every enabled endpoint that subscribes to its type, or for `endpoint` regardless of its
    /// subscriptions. Never for an endpoint of another owner or the one that the event is about. Returns `endpoint_id`.
    static func replay(
        _ event: ReplayedEvent, of tenant: Int64, to endpoint: Int64?, inLane lane: String, at now: Date
    ) -> SQL {
        """
        WITH lane AS (
            INSERT INTO webhook_lanes (tenant_id, endpoint_id, lane_key, next, last, due_at)
            SELECT tenant_id, endpoint_id, \(lane), 1, 1, \(now) FROM webhook_endpoints
            WHERE tenant_id = \(tenant)
                AND CASE WHEN \(endpoint == nil) THEN status = 'enabled' AND events && \([event.type, EventType.every])
                    ELSE status <> 'deleted' AND endpoint_id = \(endpoint) END
                AND (owner_key IS NULL OR owner_key = \(event.ownerKey))
                AND endpoint_id IS DISTINCT FROM \(event.endpointID)
            ORDER BY endpoint_id
            RETURNING endpoint_id
        )
        INSERT INTO webhook_deliveries (tenant_id, endpoint_id, lane_key, number, event_position, event_created_at)
        SELECT \(tenant), endpoint_id, \(lane), 1, \(event.position), \(event.createdAt) FROM lane
        RETURNING endpoint_id
        """
    }

    /// Queues a slice of past events for one endpoint: those of each ordering key in a lane of their own, in order.
    ///
    /// - Parameters:
    ///   - since: limits the monthly partitions that are read.
    ///   - prefix: the prefix of the lane keys.
    static func replay(
        _ positions: [Int64], since: Date, of tenant: Int64, to endpoint: Int64, inLanes prefix: String, at now: Date
    ) -> SQL {
        """
        WITH event AS (
            SELECT position, created_at, \(prefix) || ordering_key AS lane_key,
                row_number() OVER (PARTITION BY ordering_key ORDER BY position) AS n,
                count(*) OVER (PARTITION BY ordering_key) AS size
            FROM events
            WHERE tenant_id = \(tenant) AND position = ANY(\(positions)) AND created_at >= \(since)
        ), lane AS (
            INSERT INTO webhook_lanes AS l (tenant_id, endpoint_id, lane_key, next, last, due_at)
            SELECT \(tenant), \(endpoint), lane_key, 1, max(size), \(now) FROM event
            GROUP BY lane_key ORDER BY lane_key
            ON CONFLICT (tenant_id, endpoint_id, lane_key) DO UPDATE
            SET last = l.last + excluded.last, due_at = coalesce(l.due_at, excluded.due_at)
            RETURNING lane_key, last
        )
        INSERT INTO webhook_deliveries (tenant_id, endpoint_id, lane_key, number, event_position, event_created_at)
        SELECT \(tenant), \(endpoint), e.lane_key, l.last - e.size + e.n, e.position, e.created_at
        FROM event e JOIN lane l ON l.lane_key = e.lane_key
        """
    }
}
