import Foundation
import Postgres

/// Gives up deliveries whose events are about to be dropped, which are those in frozen lanes of disabled endpoints. Their
/// lanes advance to newer deliveries.
struct GiveUpOldDeliveries: Sendable {
    let database: Database
    let now: @Sendable () -> Date

    func run(eventsBefore cutoff: Date) async throws -> Int {
        let now = now()
        let lanes = try await database.read(
            """
            SELECT DISTINCT tenant_id, endpoint_id, lane_key FROM webhook_deliveries
            WHERE status = 'pending' AND event_created_at < \(cutoff) ORDER BY 1, 2, 3
            """)
        for lane in lanes {
            let (tenant, endpoint): (Int64, Int64) = (try lane["tenant_id"], try lane["endpoint_id"])
            let key: String = try lane["lane_key"]
            try await database.transaction { transaction in
                // While the lane is locked, nothing is added to it.
                _ = try transaction.query(
                    """
                    SELECT 1 FROM webhook_lanes
                    WHERE tenant_id = \(tenant) AND endpoint_id = \(endpoint) AND lane_key = \(key) FOR UPDATE
                    """)
                _ = try transaction.query(
                    """
                    UPDATE webhook_deliveries SET status = 'exhausted', exhausted_at = \(now)
                    WHERE tenant_id = \(tenant) AND endpoint_id = \(endpoint) AND lane_key = \(key)
                        AND status = 'pending' AND event_created_at < \(cutoff)
                    """)
                transaction.write(
                    """
                    WITH head AS (
                        SELECT min(number) AS number FROM webhook_deliveries
                        WHERE tenant_id = \(tenant) AND endpoint_id = \(endpoint) AND lane_key = \(key)
                            AND status = 'pending'
                    )
                    UPDATE webhook_lanes l SET next = coalesce(head.number, l.last + 1), attempt = 0, lease_no = l.lease_no + 1,
                        due_at = CASE WHEN head.number IS NOT NULL THEN coalesce(l.due_at, \(now)) END
                    FROM head WHERE l.tenant_id = \(tenant) AND l.endpoint_id = \(endpoint) AND l.lane_key = \(key)
                    """)
            }
        }
        return lanes.count
    }
}
