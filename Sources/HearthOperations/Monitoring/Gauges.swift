package import Foundation
import HearthCore
import HearthMailboxes
import HearthOnboarding
import HearthRules
import HearthWebhooks
package import Postgres

/// Computes the metrics that only the database knows, for the whole cluster, such as campaigns by status, the backlog and
/// the age of the oldest undelivered event. This reads whole tables, so one process does it and stores the values, and
/// every process exposes them.
package struct Gauges: PeriodicTask {
    let database: Database
    let now: @Sendable () -> Date

    package init(database: Database, now: @escaping @Sendable () -> Date) {
        self.database = database
        self.now = now
    }

    package static let name = "gauges"
    package static let period: TimeInterval = 10
    package static let runsInQuarantine = true

    package func run() async throws {
        var values = try await campaigns()
        values += try await connections()
        values += try await warnings()
        values += try await mail()
        values += try await endpoints()
        values += try await undelivered()
        try await ClusterGaugeStore(database: database).replace(values)
    }

    private func campaigns() async throws -> [ClusterGauge] {
        let counts = try await database.read("SELECT status, count(*) AS count FROM campaigns GROUP BY status")
        return try CampaignStatus.allCases.map { status in
            ClusterGauge(
                MetricNames.campaigns, ("status", status.rawValue),
                count: try counts.first { try $0["status"] == status }.map { try $0["count"] } ?? 0)
        }
    }

    private func connections() async throws -> [ClusterGauge] {
        let states = try await database.read(
            """
            SELECT coalesce(problem, 'ok') AS state, count(*) AS count FROM mailboxes
            WHERE grant_id IS NOT NULL OR problem IS NOT NULL GROUP BY 1
            """)
        return try Self.byState(MetricNames.mailboxes, ["ok"] + ConnectionProblem.allCases.map(\.rawValue), states)
    }

    private func endpoints() async throws -> [ClusterGauge] {
        let states = try await database.read(
            """
            SELECT CASE WHEN status = 'disabled' THEN status
                    WHEN failures >= \(EndpointHealth.failuresBeforeBlock) THEN 'failing' ELSE 'working' END AS state,
                count(*) AS count
            FROM webhook_endpoints WHERE status <> 'deleted' GROUP BY 1
            """)
        return try Self.byState(MetricNames.webhookEndpoints, ["working", "failing", "disabled"], states)
    }

    private static func byState(
        _ metric: MetricDefinition, _ states: [String], _ rows: Rows
    ) throws -> [ClusterGauge] {
        try states.map { state in
            ClusterGauge(
                metric, ("state", state),
                count: try rows.first { try $0["state"] == state }.map { try $0["count"] } ?? 0)
        }
    }

    /// Expiring secrets and connections, and refused applications, of all tenants.
    private func warnings() async throws -> [ClusterGauge] {
        let now = now()
        let counts = try await TenantWarnings(database: database).counts(at: now)
        var values = WarningCode.tenants.map { code in
            ClusterGauge(MetricNames.warnings, ("code", code.rawValue), count: counts[code] ?? 0)
        }
        values.append(ClusterGauge(MetricNames.grantsNearEnd, count: counts[.connectionExpiring] ?? 0))
        let first: Date? = try await database.read(
            "SELECT min(secret_expires_at) AS first FROM microsoft_apps WHERE retired_at IS NULL"
        ).first?[nullable: "first"]
        if let first {
            values.append(
                ClusterGauge(
                    MetricNames.secretLeft, ("application", "tenants"), value: first.timeIntervalSince(now)))
        }
        return values
    }

    private func mail() async throws -> [ClusterGauge] {
        let now = now()
        let mail = try await InvitationMailBacklog.read(database, at: now)
        return [
            ClusterGauge(MetricNames.waitingMail, count: mail.waiting),
            ClusterGauge(MetricNames.oldestWaitingMail, value: Self.age(of: mail.oldest, at: now)),
        ]
    }

    /// Excludes disabled endpoints, whose deliveries wait for the partner. The age excludes replays, whose events may be old.
    private func undelivered() async throws -> [ClusterGauge] {
        let lanes = try await database.read(
            """
            SELECT coalesce(sum(l.last - l.next + 1), 0)::bigint AS backlog,
                min(d.event_created_at) FILTER (WHERE NOT starts_with(l.lane_key, \(WebhookLane.replayPrefix))) AS oldest
            FROM webhook_endpoints e
            JOIN webhook_lanes l ON l.tenant_id = e.tenant_id AND l.endpoint_id = e.endpoint_id
            JOIN webhook_deliveries d ON d.tenant_id = l.tenant_id AND d.endpoint_id = l.endpoint_id
                AND d.lane_key = l.lane_key AND d.number = l.next
            WHERE l.due_at IS NOT NULL AND NOT l.is_frozen AND e.status = 'enabled'
            """
        ).first
        guard let lanes else { return [] }
        return [
            ClusterGauge(MetricNames.backlog, count: try lanes["backlog"]),
            ClusterGauge(MetricNames.oldestUndelivered, value: Self.age(of: try lanes[nullable: "oldest"], at: now())),
        ]
    }

    /// Returns the age in seconds; 0 for nil.
    private static func age(of oldest: Date?, at now: Date) -> TimeInterval {
        oldest.map { max(0, now.timeIntervalSince($0)) } ?? 0
    }
}
