package import Foundation
import HearthCore
import HearthRules
import Postgres

/// A due grant, with its application and organisation.
package struct DueGrant: DueWork {
    let id: Int64
    let tenantID: Int64
    let applicationID: Int64?
    /// The owner's organisation at Microsoft, which is throttled as a whole.
    let tid: UUID

    var place: WorkPlace<UUID> { WorkPlace(tenant: tenantID, unit: tid) }
}

/// A due grant claimed by this process.
package struct ClaimedGrant: ClaimedWork {
    let grant: Grant
    let tid: UUID
    let retries: Int
    let use: GrantSchedule.Use
    /// When the claim ends. Stored as the row's `due_at`; changing that ends the claim.
    let until: Date

    var place: WorkPlace<UUID> { WorkPlace(tenant: grant.tenantID, unit: tid) }
    var metadata: [String: String] { ["grant.id": String(grant.id)] }
}

/// Finds, claims and settles due grants.
package struct DueGrants: Sendable {
    let database: Database

    /// Seconds; longer than the work on a grant takes. If the process dies, another takes the grant over afterwards.
    package static let claim: TimeInterval = 120

    /// Organisations and applications to skip, so that their backlog does not hide the rest.
    package struct Unavailable: Sendable {
        /// Organisations at Microsoft.
        var organizations: [UUID] = []
        /// Tenants' own applications.
        package var applications: [Int64] = []
        var operatorsApplication = false
    }

    /// Returns due grants of all tenants, earliest first. Takes no locks.
    package func find(at now: Date, limit: Int, without left: Unavailable = Unavailable()) async throws -> [DueGrant] {
        let organizations = left.organizations.map(\.uuidString)
        // Grants of a skipped application are not read at all. Those of tenants' own applications are read by due time, or
        // per application while one of these is skipped.
        let readsByApplication = !left.applications.isEmpty
        return try await database.read(
            """
            SELECT tenant_id, grant_id, app_id, tid FROM (
                (SELECT g.tenant_id, g.grant_id, g.app_id, m.tid, g.due_at FROM grants g
                JOIN mailboxes m ON m.tenant_id = g.tenant_id AND m.mailbox_id = g.mailbox_id
                WHERE g.app_id IS NULL AND NOT \(left.operatorsApplication) AND g.state = 'live' AND g.due_at <= \(now)
                    AND m.tid <> ALL(\(organizations)::uuid[])
                ORDER BY g.due_at LIMIT \(limit))
                UNION ALL
                (SELECT g.tenant_id, g.grant_id, g.app_id, m.tid, g.due_at FROM grants g
                JOIN mailboxes m ON m.tenant_id = g.tenant_id AND m.mailbox_id = g.mailbox_id
                WHERE g.app_id IS NOT NULL AND NOT \(readsByApplication) AND g.state = 'live' AND g.due_at <= \(now)
                    AND m.tid <> ALL(\(organizations)::uuid[])
                ORDER BY g.due_at LIMIT \(limit))
                UNION ALL
                (SELECT own.* FROM microsoft_apps a
                CROSS JOIN LATERAL (
                    SELECT g.tenant_id, g.grant_id, g.app_id, m.tid, g.due_at FROM grants g
                    JOIN mailboxes m ON m.tenant_id = g.tenant_id AND m.mailbox_id = g.mailbox_id
                    WHERE g.tenant_id = a.tenant_id AND g.app_id = a.app_id AND g.state = 'live' AND g.due_at <= \(now)
                        AND m.tid <> ALL(\(organizations)::uuid[])
                    ORDER BY g.due_at LIMIT \(limit)) AS own
                WHERE \(readsByApplication) AND a.app_id <> ALL(\(left.applications)))
            ) AS due ORDER BY due_at LIMIT \(limit)
            """
        ).map { row in
            DueGrant(
                id: try row["grant_id"], tenantID: try row["tenant_id"], applicationID: try row[nullable: "app_id"],
                tid: try row["tid"])
        }
    }

    /// Claims grants in one pipeline and one commit. A grant locked by another transaction is skipped, because it is being
    /// ended, replaced or claimed there.
    package func claim(_ wanted: [DueGrant], at now: Date) async throws -> [ClaimedGrant] {
        let end = now.addingTimeInterval(Self.claim)
        // By primary key, the order in which every transaction locks grants.
        let inOrder = wanted.sorted { ($0.tenantID, $0.id) < ($1.tenantID, $1.id) }
        return try await database.transaction { transaction in
            try transaction.query(
                all: inOrder.map { GrantTable.claim($0, until: end, at: now) }
            ).flatMap { rows in try rows.map { try ClaimedGrant(row: $0, until: end) } }
        }
    }

    /// Settles a claim after a success or a transient fault. Changes nothing if the grant was made due again, ended or
    /// claimed elsewhere meanwhile.
    package func settle(_ claim: ClaimedGrant, dueAt: Date, retries: Int) async throws {
        _ = try await database.write(GrantTable.settle(claim, dueAt: dueAt, retries: retries))
    }
}

extension ClaimedGrant {
    fileprivate init(row: Row, until: Date) throws {
        let status: CampaignStatus? = try row[nullable: "campaign_status"]
        let use: GrantSchedule.Use =
            switch status {
            case .active: .active
            // A mailbox without a campaign is standalone.
            case .paused, nil: .idle
            case .pending, .deleted: .unstarted
            }
        self.init(
            grant: try Grant(row: row), tid: try row["tid"], retries: try row["retries"], use: use, until: until)
    }
}
