package import Foundation
package import HearthCore
import HearthMailboxes
import HearthOnboarding
import HearthRules
import HearthWebhooks
package import Logging
package import Postgres
import ServiceLifecycle

/// Counts what only the database knows, every ten seconds: campaigns by status, backlog and the oldest undelivered age.
package struct Gauges: Service, CustomStringConvertible {
    let database: Database
    let meters: Meters
    let now: @Sendable () -> Date
    package let operators: OperatorWarnings
    let logger: Logger

    package init(
        database: Database, meters: Meters, now: @escaping @Sendable () -> Date, operators: OperatorWarnings,
        logger: Logger
    ) {
        self.database = database
        self.meters = meters
        self.now = now
        self.operators = operators
        self.logger = logger
    }

    package var description: String { "Gauges" }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do { try await read() } catch {
                    logger.debug("Gauges could not be read", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: .seconds(10))
            }
        }
    }

    private func readConnections() async throws {
        let states = try await database.read(
            """
            SELECT coalesce(problem, 'ok') AS state, count(*) AS count FROM mailboxes
            WHERE grant_id IS NOT NULL OR problem IS NOT NULL GROUP BY 1
            """)
        for state in ["ok"] + ConnectionProblem.allCases.map(\.rawValue) {
            meters.mailboxes(try states.first { try $0["state"] == state }.map { try $0["count"] } ?? 0, state: state)
        }
    }

    private func readEndpoints() async throws {
        let states = try await database.read(
            """
            SELECT CASE WHEN status = 'disabled' THEN status
                    WHEN failures >= \(EndpointHealth.failuresBeforeBlock) THEN 'failing' ELSE 'working' END AS state,
                count(*) AS count
            FROM webhook_endpoints WHERE status <> 'deleted' GROUP BY 1
            """)
        for state in ["working", "failing", "disabled"] {
            meters.webhookEndpoints(
                try states.first { try $0["state"] == state }.map { try $0["count"] } ?? 0, state: state)
        }
    }

    /// What runs out by itself, and what is refused.
    private func readWarnings() async throws {
        let now = now()
        var counts = try await TenantWarnings(database: database).counts(at: now)
        for warning in try await operators.current(at: now) { counts[warning.code] = 1 }
        for code in WarningCode.allCases { meters.warnings(counts[code] ?? 0, code: code.rawValue) }
        meters.grantsNearEnd(counts[.connectionExpiring] ?? 0)
        meters.encryptionKeys(operators.keys)
        if let end = operators.secret.expiresAt {
            meters.secretLeft(.seconds(end.timeIntervalSince(now)), of: "operator")
        }
        let first: Date? = try await database.read(
            "SELECT min(secret_expires_at) AS first FROM microsoft_apps WHERE retired_at IS NULL"
        ).first?[nullable: "first"]
        if let first { meters.secretLeft(.seconds(first.timeIntervalSince(now)), of: "tenants") }
    }

    private func readMail() async throws {
        let now = now()
        let mail = try await InvitationMailBacklog.read(database, at: now)
        meters.waitingMail(
            mail.waiting, oldestAge: .seconds(mail.oldest.map { max(0, now.timeIntervalSince($0)) } ?? 0))
    }

    private func read() async throws {
        let counts = try await database.read("SELECT status, count(*) AS count FROM campaigns GROUP BY status")
        for status in CampaignStatus.allCases {
            meters.campaigns(
                try counts.first { try $0["status"] == status }.map { try $0["count"] } ?? 0, status: status.rawValue)
        }
        try await readConnections()
        try await readWarnings()
        try await readMail()
        try await readEndpoints()
        // What waits before a disabled endpoint waits for its partner; a replay may be of events that are long past.
        let lanes = try await database.read(
            """
            SELECT coalesce(sum(l.last - l.next + 1), 0)::bigint AS backlog,
                min(d.event_created_at) FILTER (WHERE NOT starts_with(l.lane_key, \(WebhookLane.replayPrefix))) AS oldest
            FROM webhook_endpoints e
            JOIN webhook_lanes l ON l.tenant_id = e.tenant_id AND l.endpoint_id = e.endpoint_id
            JOIN webhook_deliveries d ON d.tenant_id = l.tenant_id AND d.endpoint_id = l.endpoint_id
                AND d.lane_key = l.lane_key AND d.number = l.next
            WHERE l.due_at IS NOT NULL AND e.status = 'enabled'
            """
        ).first
        guard let lanes else { return }
        let oldest: Date? = try lanes[nullable: "oldest"]
        meters.undelivered(
            backlog: try lanes["backlog"], oldestAge: .seconds(oldest.map { max(0, now().timeIntervalSince($0)) } ?? 0))
    }
}
