import Foundation
import HearthRules
import Postgres
import StrictJSON

/// The delivery state of an endpoint. Read under a lock and written back, so that failures settled concurrently are all
/// counted.
package struct EndpointState: Sendable {
    let id: Int64
    let url: String
    let ownerEmail: String?
    private(set) var status: WebhookEndpoint.Status
    private(set) var disabledReason: String?
    private(set) var health: EndpointHealth
    private(set) var blockedUntil: Date?
    /// Whether the feed has reported that the endpoint fails or is disabled, and not yet that it has recovered.
    private(set) var isAnnounced: Bool

    /// Locks and reads an endpoint. Returns nil if the tenant has no such endpoint.
    static func lock(
        _ id: Int64, of tenant: Int64, in transaction: inout Transaction
    ) throws -> EndpointState? {
        try transaction.query(
            """
            SELECT endpoint_id, url, owner_email, status, disabled_reason, failures, failing_since, blocked_until,
                is_announced
            FROM webhook_endpoints
            WHERE tenant_id = \(tenant) AND endpoint_id = \(id) AND status <> 'deleted' FOR NO KEY UPDATE
            """
        ).first.map(EndpointState.init)
    }

    /// Counts a failure.
    ///
    /// - Returns: the event to publish, if any.
    mutating func failed(_ attempt: WebhookAttempt, at now: Date) -> EndpointEvent? {
        let verdict = health.failed(at: now)
        if attempt.outcome == .gone || verdict == .disabled {
            status = .disabled
            disabledReason = attempt.outcome == .gone ? "gone" : "failing"
            isAnnounced = true
            return .disabled
        }
        blockedUntil = [blockedUntil, verdict.blockedUntil, attempt.pauseAsked(at: now)].compactMap(\.self).max()
        guard verdict != .open, !isAnnounced else { return nil }
        isAnnounced = true
        return .failing
    }

    /// Returns the recovery event if a failure was announced and a delivery has been accepted since.
    mutating func recovered() -> EndpointEvent? {
        guard isAnnounced, status == .enabled, health == .healthy else { return nil }
        isAnnounced = false
        return .recovered
    }
}

extension EndpointState {
    fileprivate init(row: Row) throws {
        self.init(
            id: try row["endpoint_id"], url: try row["url"], ownerEmail: try row[nullable: "owner_email"],
            status: try row["status"], disabledReason: try row[nullable: "disabled_reason"],
            health: EndpointHealth(failures: try row["failures"], failingSince: try row[nullable: "failing_since"]),
            blockedUntil: try row[nullable: "blocked_until"], isAnnounced: try row["is_announced"])
    }

    /// Creates the state of an endpoint that was just disabled on request.
    init(disabled endpoint: WebhookEndpoint) {
        self.init(
            id: endpoint.id, url: endpoint.url, ownerEmail: endpoint.ownerEmail, status: endpoint.status,
            disabledReason: endpoint.disabledReason,
            health: EndpointHealth(failures: endpoint.failures, failingSince: endpoint.failingSince),
            blockedUntil: endpoint.blockedUntil, isAnnounced: true)
    }
}

extension EndpointHealth.Verdict {
    fileprivate var blockedUntil: Date? {
        if case .blocked(let until) = self { until } else { nil }
    }
}
