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

    /// How many due lanes one look reads at most: an endpoint with more of them costs no more than this.
    static let page = 1_000
    /// How many lanes of an endpoint are frozen in one statement.
    private static let freezing = 1_000

    struct DuePage: Sendable {
        let endpoints: [DueEndpoint]
        /// Where the next page begins; nil when this is the last.
        let last: LaneCursor?
    }

    /// The lock-free look over all tenants, in the order of the endpoints. It reads the index of what is due, whatever else
    /// there is; lanes that are not due yet are passed over within the index, and those of disabled endpoints are not in
    /// that part of it. Of the endpoints, those found are read alone: whatever the planner expects, it can join no others.
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

    /// Takes due lanes of an endpoint that is disabled or deleted out of what looks read. Enabling brings them back.
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

    /// Claims up to so many lanes of each endpoint, in one pipeline under one commit.
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
