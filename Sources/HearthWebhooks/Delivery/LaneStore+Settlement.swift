import Foundation
import HearthCore
import HearthRules
import Postgres

/// Settles an attempt: records it and updates the lane, the delivery and the endpoint, in one commit.
extension LaneStore {
    struct Settlement: Sendable {
        /// Nil if the endpoint was deleted.
        let endpointUpdatedAt: Date?
    }

    /// Settles an accepted delivery and advances the lane.
    ///
    /// `due_at` is computed from the locked row's own `last`, which may have grown since the claim.
    /// - Parameter keepsLease: whether the holder continues with the next delivery.
    /// - Returns: nil if the lease was lost.
    func accept(
        _ number: Int64, of lane: WebhookLane, attempt: WebhookAttempt, keepsLease: Bool, at now: Date
    ) async throws -> Settlement? {
        let due = keepsLease ? now.addingTimeInterval(Self.lease) : now
        let row = try await database.write(
            """
            WITH endpoint AS (
                \(EndpointStore.clearFailures(of: lane.endpointID, tenant: lane.tenantID))
                RETURNING 1
            ), lane AS (
                UPDATE webhook_lanes SET next = next + 1, attempt = 0,
                    due_at = CASE WHEN next + 1 > last THEN NULL ELSE \(due) END
                WHERE \(isHeld(lane)) AND next = \(number) AND (SELECT count(*) FROM endpoint) >= 0
                RETURNING 1
            ), delivery AS (
                UPDATE webhook_deliveries SET status = \(DeliveryMove.accept.target), delivered_at = \(now)
                WHERE \(isOf(lane)) AND number = \(number) AND \(DeliveryMove.accept.isAllowed())
                    AND EXISTS (SELECT FROM lane)
            ), attempted AS (
                \(attempt.insert(lane, number))
            )
            SELECT e.updated_at, e.is_announced FROM lane LEFT JOIN webhook_endpoints e
                ON e.tenant_id = \(lane.tenantID) AND e.endpoint_id = \(lane.endpointID) AND e.status <> 'deleted'
            """
        ).first
        guard let row else { return nil }
        if try row[nullable: "is_announced"] == true { try await announceRecovery(of: lane, at: now) }
        return Settlement(endpointUpdatedAt: try row[nullable: "updated_at"])
    }

    /// Runs in its own commit: if the process dies before it, the next accepted delivery announces the recovery.
    private func announceRecovery(of lane: WebhookLane, at now: Date) async throws {
        try await database.transaction { transaction in
            guard
                var endpoint = try EndpointState.lock(lane.endpointID, of: lane.tenantID, in: &transaction),
                let event = endpoint.recovered()
            else { return }
            transaction.write(EndpointStore.store(endpoint, of: lane.tenantID))
            Outbox.append(
                OutboxEvent(event, of: endpoint, because: nil, at: now), tenant: lane.tenantID, in: &transaction)
            transaction.audit(try entry(event, endpoint, of: lane.tenantID, at: now))
        }
    }

    private func entry(
        _ event: EndpointEvent, _ endpoint: EndpointState, of tenant: Int64, at now: Date
    ) throws -> AuditInsertion {
        try Caller.hearth(of: tenant).entry(
            "webhook.\(event.rawValue)", "endpoint:\(endpoint.id)", outcome: endpoint.disabledReason,
            AuditRecorder(keyRing: keyRing, randomBytes: randomBytes), at: now)
    }

    /// Gives up the deliveries at the head of a lane whose events are no longer kept. Only a lane's head can be settled, so
    /// the lane must advance before the next one is sent.
    ///
    /// - Parameter number: the first delivery that still has its event; if there is none, the next one to be queued.
    func giveUp(_ lane: WebhookLane, before number: Int64, at now: Date) async throws {
        _ = try await database.write(
            """
            WITH lane AS (
                UPDATE webhook_lanes SET next = \(number), attempt = 0,
                    due_at = CASE WHEN \(number) > last THEN NULL ELSE \(now) END
                WHERE \(isHeld(lane)) AND next = \(lane.next)
                RETURNING 1
            )
            UPDATE webhook_deliveries SET status = \(DeliveryMove.giveUp.target), exhausted_at = \(now)
            WHERE \(isOf(lane)) AND number >= \(lane.next) AND number < \(number)
                AND \(DeliveryMove.giveUp.isAllowed())
                AND EXISTS (SELECT FROM lane)
            """)
    }

    /// Settles a failed attempt: the head is retried at `retryAt`, or given up if that is nil. Counts the failure against
    /// the endpoint.
    func fail(
        _ number: Int64, of lane: WebhookLane, attempt: WebhookAttempt, retryAt: Date?, at now: Date
    ) async throws {
        try await database.transaction { transaction in
            let endpoint = try EndpointState.lock(lane.endpointID, of: lane.tenantID, in: &transaction)
            transaction.write(
                """
                WITH lane AS (
                    UPDATE webhook_lanes SET next = next + \(retryAt == nil ? 1 : 0),
                        attempt = \(retryAt == nil ? 0 : lane.attempts + 1),
                        due_at = CASE WHEN next + \(retryAt == nil ? 1 : 0) > last THEN NULL ELSE \(retryAt ?? now) END
                    WHERE \(isHeld(lane)) AND next = \(number)
                    RETURNING 1
                ), delivery AS (
                    UPDATE webhook_deliveries SET status = \(DeliveryMove.giveUp.target), exhausted_at = \(now)
                    WHERE \(isOf(lane)) AND number = \(number) AND \(retryAt == nil)
                        AND \(DeliveryMove.giveUp.isAllowed()) AND EXISTS (SELECT FROM lane)
                )
                \(attempt.insert(lane, number))
                """)
            // An endpoint that was disabled or deleted during the attempt stays as it is.
            guard var endpoint, endpoint.status == .enabled else { return }
            let event = endpoint.failed(attempt, at: now)
            transaction.write(EndpointStore.store(endpoint, of: lane.tenantID))
            guard let event else { return }
            Outbox.append(
                OutboxEvent(event, of: endpoint, because: attempt, at: now), tenant: lane.tenantID, in: &transaction)
            transaction.audit(try entry(event, endpoint, of: lane.tenantID, at: now))
        }
    }
}
