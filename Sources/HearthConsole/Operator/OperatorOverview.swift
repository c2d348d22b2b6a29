import Foundation
import HearthRules
import Postgres

/// The figures on the operator's pages. Reads across all tenants and locks nothing.
struct OperatorOverview: Sendable {
    let database: Database

    /// The load of one tenant.
    struct TenantLoad: Sendable {
        let tenantID: Int64
        let campaigns: Int
        /// Campaigns whose connection does not work.
        let troubled: Int
        /// Deliveries neither accepted nor exhausted.
        let backlog: Int64
        /// When the oldest of their events happened.
        let oldest: Date?
        /// Endpoints that are disabled or failing.
        let failingEndpoints: Int
        let failedJobs: Int

        var isTroubled: Bool { troubled > 0 || failingEndpoints > 0 || failedJobs > 0 }
    }

    /// By tenant id; includes tenants without any load.
    func loads() async throws -> [Int64: TenantLoad] {
        let rows = try await database.read(
            """
            SELECT t.tenant_id, coalesce(c.campaigns, 0) AS campaigns, coalesce(c.troubled, 0) AS troubled,
                coalesce(l.backlog, 0) AS backlog, l.oldest, coalesce(e.failing, 0) AS failing,
                coalesce(j.failed, 0) AS failed_jobs
            FROM tenants t
            LEFT JOIN (
                SELECT tenant_id, count(*) AS campaigns, count(*) FILTER (WHERE connection_problem IS NOT NULL) AS troubled
                FROM campaigns WHERE status <> 'deleted' GROUP BY tenant_id
            ) c ON c.tenant_id = t.tenant_id
            LEFT JOIN (
                SELECT l.tenant_id, sum(l.last - l.next + 1)::bigint AS backlog, min(d.event_created_at) AS oldest
                FROM webhook_lanes l
                JOIN webhook_deliveries d ON d.tenant_id = l.tenant_id AND d.endpoint_id = l.endpoint_id
                    AND d.lane_key = l.lane_key AND d.number = l.next
                WHERE l.due_at IS NOT NULL GROUP BY l.tenant_id
            ) l ON l.tenant_id = t.tenant_id
            LEFT JOIN (
                SELECT tenant_id, count(*) AS failing FROM webhook_endpoints
                WHERE status = 'disabled' OR (status = 'enabled' AND failing_since IS NOT NULL) GROUP BY tenant_id
            ) e ON e.tenant_id = t.tenant_id
            LEFT JOIN (
                SELECT tenant_id, count(*) AS failed FROM jobs WHERE status = 'failed' GROUP BY tenant_id
            ) j ON j.tenant_id = t.tenant_id
            """)
        let loads = try rows.map { row in
            TenantLoad(
                tenantID: try row["tenant_id"], campaigns: try row["campaigns"], troubled: try row["troubled"],
                backlog: try row["backlog"], oldest: try row[nullable: "oldest"], failingEndpoints: try row["failing"],
                failedJobs: try row["failed_jobs"])
        }
        return Dictionary(uniqueKeysWithValues: loads.map { ($0.tenantID, $0) })
    }

    /// Mailboxes whose connection does not work, counted by problem.
    func connectionFaults(of tenant: Int64) async throws -> [(problem: String, count: Int)] {
        try await database.read(
            """
            SELECT problem, count(*) AS count FROM mailboxes WHERE tenant_id = \(tenant) AND problem IS NOT NULL
            GROUP BY problem ORDER BY count DESC, problem
            """
        ).map { (problem: try $0["problem"], count: try $0["count"]) }
    }
}
