import Foundation
import HearthCore
import HearthRules
import Postgres

/// The statements of delivery: discover, claim, load, and in `LaneStore+Settlement` settle. Each that locks or writes
/// names one tenant.
struct LaneStore: Sendable {
    let database: Database
    let keyRing: KeyRing
    var randomBytes: @Sendable (Int) -> [UInt8] = SecureRandom.bytes

    /// Longer than one send with its settlement; each success renews it.
    static let lease: TimeInterval = 30
    /// Successors that one lease sends.
    static let batch = 16

    /// The lock-free look over all tenants. It costs one index probe an endpoint, whatever the backlog.
    func dueEndpoints(at now: Date) async throws -> [DueEndpoint] {
        try await database.read(
            """
            SELECT e.tenant_id, e.endpoint_id, e.failures >= \(EndpointHealth.failuresBeforeBlock) AS is_probing
            FROM webhook_endpoints e
            WHERE e.status = 'enabled' AND (e.blocked_until IS NULL OR e.blocked_until <= \(now)) AND EXISTS (
                SELECT FROM webhook_lanes l
                WHERE l.tenant_id = e.tenant_id AND l.endpoint_id = e.endpoint_id AND l.due_at <= \(now))
            ORDER BY e.tenant_id, e.endpoint_id
            """
        ).map { row in
            DueEndpoint(
                tenantID: try row["tenant_id"], endpointID: try row["endpoint_id"], isProbing: try row["is_probing"])
        }
    }

    /// Claims up to `count` lanes of each endpoint, in one pipeline under one commit.
    func claim(_ wanted: [(endpoint: DueEndpoint, count: Int)], at now: Date) async throws -> [WebhookLane] {
        let leaseEnd = now.addingTimeInterval(Self.lease)
        return try await database.transaction { transaction in
            let answers = try transaction.query(
                all: wanted.map { endpoint, count in
                    """
                    WITH due AS (
                        SELECT lane_key FROM webhook_lanes
                        WHERE tenant_id = \(endpoint.tenantID) AND endpoint_id = \(endpoint.endpointID) AND due_at <= \(now)
                        ORDER BY due_at LIMIT \(count) FOR UPDATE SKIP LOCKED
                    )
                    UPDATE webhook_lanes l SET due_at = \(leaseEnd), lease_no = l.lease_no + 1 FROM due
                    WHERE l.tenant_id = \(endpoint.tenantID) AND l.endpoint_id = \(endpoint.endpointID)
                        AND l.lane_key = due.lane_key
                    RETURNING l.tenant_id, l.endpoint_id, l.lane_key, l.next, l.last, l.attempt, l.lease_no
                    """
                })
            return try answers.flatMap { rows in
                try rows.map { row in
                    WebhookLane(
                        tenantID: try row["tenant_id"], endpointID: try row["endpoint_id"], key: try row["lane_key"],
                        next: try row["next"], last: try row["last"], attempts: try row["attempt"],
                        lease: try row["lease_no"])
                }
            }
        }
    }

    /// Where the lane leads, and its head with some successors. Nil when the endpoint is disabled or gone.
    func load(_ lane: WebhookLane) async throws -> (target: DeliveryTarget, deliveries: [WebhookDelivery])? {
        let place = try await database.read(
            """
            SELECT \(unescaped: DeliveryTarget.columns) FROM webhook_endpoints
            WHERE tenant_id = \(lane.tenantID) AND endpoint_id = \(lane.endpointID) AND status = 'enabled'
            """
        ).first
        guard let place else { return nil }
        let target = try DeliveryTarget(row: place, of: lane.endpointID, tenant: lane.tenantID, keyRing: keyRing)
        let deliveries = try await database.read(
            """
            SELECT d.number, \(unescaped: RecordedEvent.columns) FROM webhook_deliveries d
            JOIN events e ON e.tenant_id = d.tenant_id AND e.position = d.event_position AND e.created_at = d.event_created_at
            WHERE d.tenant_id = \(lane.tenantID) AND d.endpoint_id = \(lane.endpointID) AND d.lane_key = \(lane.key)
                AND d.number >= \(lane.next)
            ORDER BY d.number LIMIT \(Self.batch)
            """
        ).map { WebhookDelivery(number: try $0["number"], event: try RecordedEvent(row: $0)) }
        return (target, deliveries)
    }

    /// Gives the lane back untouched.
    func release(_ lane: WebhookLane, dueAt: Date) async throws {
        _ = try await database.write(
            "UPDATE webhook_lanes SET due_at = CASE WHEN next > last THEN NULL ELSE \(dueAt) END WHERE \(isHeld(lane))")
    }

    func isOf(_ lane: WebhookLane) -> SQL {
        "tenant_id = \(lane.tenantID) AND endpoint_id = \(lane.endpointID) AND lane_key = \(lane.key)"
    }

    func isHeld(_ lane: WebhookLane) -> SQL { "\(isOf(lane)) AND lease_no = \(lane.lease)" }
}
