import Foundation
import HearthRules
import Postgres
import StrictJSON

/// What an endpoint's attempts have made of it. Read under lock and written back, so that failures that are settled at
/// once are each counted.
package struct EndpointCondition: Sendable {
    let id: Int64
    let url: String
    let ownerEmail: String?
    private(set) var status: WebhookEndpoint.Status
    private(set) var disabledReason: String?
    private(set) var health: EndpointHealth
    private(set) var blockedUntil: Date?
    /// Whether the feed says that it fails or is disabled, and does not yet say that it has recovered.
    private(set) var isAnnounced: Bool

    /// Nil when the tenant has no such endpoint any more.
    static func lock(
        _ id: Int64, of tenant: Int64, in transaction: inout Transaction
    ) throws -> EndpointCondition? {
        try transaction.query(
            """
            SELECT endpoint_id, url, owner_email, status, disabled_reason, failures, failing_since, blocked_until,
                is_announced
            FROM webhook_endpoints
            WHERE tenant_id = \(tenant) AND endpoint_id = \(id) AND status <> 'deleted' FOR NO KEY UPDATE
            """
        ).first.map(EndpointCondition.init)
    }

    /// Counts a failure.
    ///
    /// - Returns: what the feed has to say of it.
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

    /// Ends what was announced, if a delivery was accepted since.
    mutating func recovered() -> EndpointEvent? {
        guard isAnnounced, status == .enabled, health == .healthy else { return nil }
        isAnnounced = false
        return .recovered
    }
}

extension EndpointCondition {
    fileprivate init(row: Row) throws {
        self.init(
            id: try row["endpoint_id"], url: try row["url"], ownerEmail: try row[nullable: "owner_email"],
            status: try row["status"], disabledReason: try row[nullable: "disabled_reason"],
            health: EndpointHealth(failures: try row["failures"], failingSince: try row[nullable: "failing_since"]),
            blockedUntil: try row[nullable: "blocked_until"], isAnnounced: try row["is_announced"])
    }

    /// One that was just disabled on request.
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
