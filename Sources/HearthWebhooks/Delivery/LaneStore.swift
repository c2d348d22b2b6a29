import Foundation
import HearthCore
import HearthRules
import Postgres

/// SQL for deliveries: discovers, claims, loads and, in `LaneStore+Settlement`, settles lanes. Every statement that locks or
/// writes is limited to one tenant.
struct LaneStore: Sendable {
    let database: Database
    let keyRing: KeyRing
    var randomBytes: @Sendable (Int) -> [UInt8] = SecureRandom.bytes

    /// Seconds. Longer than one send and its settlement; each accepted delivery renews it.
    static let lease: TimeInterval = 30
    /// Deliveries loaded at once under one lease, including the head.
    static let batch = 16

    /// Maximum due lanes read by one discovery query, which limits the cost of an endpoint with many.
    static let page = 1_000
    /// Maximum lanes of an endpoint frozen by one statement.
    private static let freezing = 1_000

    struct DuePage: Sendable {
        let endpoints: [DueEndpoint]
        /// The cursor for the next page; nil if this is the last.
        let last: LaneCursor?
    }

    /// Returns endpoints with due lanes, over all tenants, in endpoint order, without locks. Reads only the partial index
    /// `due_lanes`: lanes that are not due yet are skipped within the index, and frozen ones are not in it. The lateral join
    /// makes the planner look up only the endpoints found, whatever its estimates are.
    func dueEndpoints(in span: LaneCursor.Span, at now: Date) async throws -> DuePage {
        let rows = try await database.read(
            """
            SELECT d.tenant_id, d.endpoint_id, d.lanes, coalesce(e.status <> 'enabled', true) AS is_off,
                coalesce(e.blocked_until > \(now), false) AS is_blocked,
                coalesce(e.failures >= \(EndpointHealth.failuresBeforeBlock), false) AS is_probing
            FROM (
                SELECT l.tenant_id, l.endpoint_id, count(*) AS lanes FROM (
                    SELECT tenant_id, endpoint_id FROM webhook_lanes
                    WHERE NOT is_frozen AND due_at <= \(now)
                        AND (tenant_id, endpoint_id) > (\(span.after.tenantID), \(span.after.endpointID))
                        AND (tenant_id, endpoint_id) <= (\(span.upTo.tenantID), \(span.upTo.endpointID))
                    ORDER BY tenant_id, endpoint_id LIMIT \(Self.page)) AS l
                GROUP BY l.tenant_id, l.endpoint_id) AS d
            LEFT JOIN LATERAL (
                SELECT w.status, w.blocked_until, w.failures FROM webhook_endpoints w
                WHERE w.tenant_id = d.tenant_id AND w.endpoint_id = d.endpoint_id LIMIT 1) AS e ON true
            ORDER BY d.tenant_id, d.endpoint_id
            """)
        let endpoints = try rows.map { row in
            DueEndpoint(
                tenantID: try row["tenant_id"], endpointID: try row["endpoint_id"],
                state: try row["is_off"] ? .off : try row["is_blocked"] ? .blocked : .open,
                isProbing: try row["is_probing"], rows: try row["lanes"])
        }
        let isFull = endpoints.reduce(0) { $0 + $1.rows } == Self.page
        return DuePage(endpoints: endpoints, last: isFull ? endpoints.last.map(LaneCursor.init) : nil)
    }

    /// Freezes lanes of a disabled or deleted endpoint, which hides them from discovery. Enabling the endpoint thaws them.
    func freeze(_ endpoint: DueEndpoint) async throws {
        _ = try await database.write(
            """
            WITH off AS (
                SELECT endpoint_id FROM webhook_endpoints
                WHERE tenant_id = \(endpoint.tenantID) AND endpoint_id = \(endpoint.endpointID) AND status <> 'enabled'
                FOR SHARE
            ), lane AS (
                SELECT lane_key FROM webhook_lanes
                WHERE tenant_id = \(endpoint.tenantID) AND endpoint_id = \(endpoint.endpointID) AND NOT is_frozen
                    AND due_at IS NOT NULL AND EXISTS (SELECT FROM off)
                ORDER BY lane_key LIMIT \(Self.freezing) FOR UPDATE SKIP LOCKED
            )
            UPDATE webhook_lanes l SET is_frozen = true FROM lane
            WHERE l.tenant_id = \(endpoint.tenantID) AND l.endpoint_id = \(endpoint.endpointID)
                AND l.lane_key = lane.lane_key
            """)
    }

    /// Claims up to the wanted number of lanes of each endpoint, in one pipeline and one commit.
    func claim(_ wanted: [WantedWork<DueEndpoint>], at now: Date) async throws -> [WebhookLane] {
        let leaseEnd = now.addingTimeInterval(Self.lease)
        return try await database.transaction { transaction in
            let answers = try transaction.query(
                all: wanted.map { wanted in
                    let endpoint = wanted.due
                    return """
                        WITH due AS (
                            SELECT lane_key FROM webhook_lanes
                            WHERE tenant_id = \(endpoint.tenantID) AND endpoint_id = \(endpoint.endpointID) AND NOT is_frozen
                                AND due_at <= \(now)
                            ORDER BY due_at LIMIT \(wanted.count) FOR UPDATE SKIP LOCKED
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

    /// Loads the lane's target, and its head with some successors. Returns nil if the endpoint is disabled or deleted.
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

    /// Releases the lane without settling anything.
    func release(_ lane: WebhookLane, dueAt: Date) async throws {
        _ = try await database.write(
            "UPDATE webhook_lanes SET due_at = CASE WHEN next > last THEN NULL ELSE \(dueAt) END WHERE \(isHeld(lane))")
    }

    func isOf(_ lane: WebhookLane) -> SQL {
        "tenant_id = \(lane.tenantID) AND endpoint_id = \(lane.endpointID) AND lane_key = \(lane.key)"
    }

    func isHeld(_ lane: WebhookLane) -> SQL { "\(isOf(lane)) AND lease_no = \(lane.lease)" }
}
