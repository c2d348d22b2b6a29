import Foundation
import HearthRules
import Postgres

/// The statements of delivery: discover, claim, load, settle. Each that locks or writes names one tenant.
struct LaneStore: Sendable {
    let database: Database
    let keyRing: KeyRing

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

    /// Accepted: the lane goes on to its next delivery.
    ///
    /// `due_at` is computed from the locked row's own `last`, which may have grown since the claim.
    /// - Parameter keepsLease: whether the holder goes on with the successor.
    /// - Returns: false when the lease was lost.
    func accept(
        _ number: Int64, of lane: WebhookLane, attempt: WebhookAttempt, keepsLease: Bool, at now: Date
    ) async throws -> Bool {
        let due = keepsLease ? now.addingTimeInterval(Self.lease) : now
        return try await database.write(
            """
            WITH lane AS (
                UPDATE webhook_lanes SET next = next + 1, attempt = 0,
                    due_at = CASE WHEN next + 1 > last THEN NULL ELSE \(due) END
                WHERE \(isHeld(lane)) AND next = \(number)
                RETURNING 1
            ), delivery AS (
                UPDATE webhook_deliveries SET status = 'delivered', settled_at = \(now)
                WHERE \(isOf(lane)) AND number = \(number) AND EXISTS (SELECT FROM lane)
            ), endpoint AS (
                UPDATE webhook_endpoints SET failures = 0, failing_since = NULL, blocked_until = NULL
                WHERE tenant_id = \(lane.tenantID) AND endpoint_id = \(lane.endpointID) AND failures > 0
            ), attempted AS (
                \(attempt.insert(lane, number))
            )
            SELECT FROM lane
            """
        ).count == 1
    }

    /// Refused or unreachable: the head is tried again at `retryAt`, or given up when that is nil. The endpoint's health
    /// follows from its failures in a row.
    func fail(
        _ number: Int64, of lane: WebhookLane, attempt: WebhookAttempt, retryAt: Date?, at now: Date
    ) async throws {
        try await database.transaction { transaction in
            let row = try transaction.query(
                """
                SELECT status, failures, failing_since FROM webhook_endpoints
                WHERE tenant_id = \(lane.tenantID) AND endpoint_id = \(lane.endpointID) FOR NO KEY UPDATE
                """
            ).first
            guard let row else { return }
            var health = EndpointHealth(failures: try row["failures"], failingSince: try row["failing_since"])
            let verdict = attempt.outcome == .gone ? .disabled : health.failed(at: now)
            transaction.write(
                """
                WITH lane AS (
                    UPDATE webhook_lanes SET next = next + \(retryAt == nil ? 1 : 0),
                        attempt = \(retryAt == nil ? 0 : lane.attempts + 1),
                        due_at = CASE WHEN next + \(retryAt == nil ? 1 : 0) > last THEN NULL ELSE \(retryAt ?? now) END
                    WHERE \(isHeld(lane)) AND next = \(number)
                    RETURNING 1
                ), delivery AS (
                    UPDATE webhook_deliveries SET status = 'exhausted', settled_at = \(now)
                    WHERE \(isOf(lane)) AND number = \(number) AND \(retryAt == nil) AND EXISTS (SELECT FROM lane)
                )
                \(attempt.insert(lane, number))
                """)
            // What was disabled or deleted while this was on its way stays as it is.
            guard try row["status"] == "enabled" else { return }
            transaction.write(
                Self.update(
                    lane, health: health, verdict: verdict, reason: attempt.outcome == .gone ? "gone" : "failing"))
        }
    }

    private static func update(
        _ lane: WebhookLane, health: EndpointHealth, verdict: EndpointHealth.Verdict, reason: String
    ) -> SQL {
        var blockedUntil: Date?
        if case .blocked(let until) = verdict { blockedUntil = until }
        return """
            UPDATE webhook_endpoints SET failures = \(health.failures), failing_since = \(health.failingSince),
                blocked_until = \(blockedUntil),
                status = CASE WHEN \(verdict == .disabled) THEN 'disabled' ELSE status END,
                disabled_reason = CASE WHEN \(verdict == .disabled) THEN \(reason) ELSE disabled_reason END
            WHERE tenant_id = \(lane.tenantID) AND endpoint_id = \(lane.endpointID)
            """
    }

    /// Gives the lane back untouched.
    func release(_ lane: WebhookLane, dueAt: Date) async throws {
        _ = try await database.write(
            "UPDATE webhook_lanes SET due_at = CASE WHEN next > last THEN NULL ELSE \(dueAt) END WHERE \(isHeld(lane))")
    }

    private func isOf(_ lane: WebhookLane) -> SQL {
        "tenant_id = \(lane.tenantID) AND endpoint_id = \(lane.endpointID) AND lane_key = \(lane.key)"
    }

    private func isHeld(_ lane: WebhookLane) -> SQL { "\(isOf(lane)) AND lease_no = \(lane.lease)" }
}
