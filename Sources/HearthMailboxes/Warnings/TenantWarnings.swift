package import Foundation
package import HearthRules
package import Postgres

/// The warnings that concern one tenant: its mailboxes and its own Entra applications. They are not stored: the state
/// that they warn of is what is looked at.
package struct TenantWarnings: Sendable {
    let database: Database

    package init(database: Database) {
        self.database = database
    }

    /// More than anybody reads at once; those that come to pass first are shown.
    package static let shown = 100

    package struct Overview: Sendable {
        package let total: Int
        /// ``TenantWarnings/shown`` at most.
        package let warnings: [Warning]
    }

    package func overview(of tenant: Int64, at now: Date) async throws -> Overview {
        let rows = try await database.read(
            """
            SELECT w.*, count(*) OVER () AS total FROM (\(Self.select(of: tenant, at: now))) w
            ORDER BY coalesce(w.ends_at, w.since), w.code, w.subject_id LIMIT \(Self.shown)
            """)
        return Overview(total: try rows.scalar("total") ?? 0, warnings: try rows.map(Warning.init))
    }

    /// How many there are of each kind, over all tenants. Reads only, and locks nothing.
    package func counts(at now: Date) async throws -> [WarningCode: Int] {
        let rows = try await database.read(
            "SELECT w.code, count(*) AS warnings FROM (\(Self.select(at: now))) w GROUP BY w.code")
        var counts: [WarningCode: Int] = [:]
        for row in rows {
            guard let code = WarningCode(rawValue: try row["code"]) else { continue }
            counts.updateValue(try row["warnings"], forKey: code)
        }
        return counts
    }

    /// One tenant's of one kind.
    package struct Group: Sendable {
        package let tenantID: Int64
        package let code: WarningCode
        package let count: Int
        /// When the first of them comes to pass, or came.
        package let first: Date?
    }

    /// By tenant and kind, those that come to pass first first. Reads only, and locks nothing.
    package func groups(at now: Date) async throws -> [Group] {
        try await database.read(
            """
            SELECT w.tenant_id, w.code, count(*) AS warnings, min(coalesce(w.ends_at, w.since)) AS first
            FROM (\(Self.select(at: now))) w GROUP BY w.tenant_id, w.code ORDER BY first, w.tenant_id, w.code
            """
        ).map { row in
            Group(
                tenantID: try row["tenant_id"], code: try row["code"], count: try row["warnings"],
                first: try row[nullable: "first"])
        }
    }

    /// The applications that Microsoft refuses, the longest first.
    package func refused(at now: Date, limit: Int) async throws -> [(
        tenant: Int64, application: Int64, warning: Warning
    )] {
        try await database.read(
            """
            SELECT w.* FROM (\(Self.select(at: now))) w WHERE w.code = \(WarningCode.applicationRefused.rawValue)
            ORDER BY w.since, w.tenant_id, w.subject_id LIMIT \(limit)
            """
        ).map { (tenant: try $0["tenant_id"], application: try $0["subject_id"], warning: try Warning(row: $0)) }
    }

    /// Of one tenant.
    package static func select(of tenant: Int64, at now: Date) -> SQL {
        select(grants: "g.tenant_id = \(tenant)", applications: "a.tenant_id = \(tenant)", at: now)
    }

    /// Of all tenants.
    package static func select(at now: Date) -> SQL { select(grants: "true", applications: "true", at: now) }

    /// Columns: tenant_id, code, subject_id, name, cause, since, ends_at.
    private static func select(grants: SQL, applications: SQL, at now: Date) -> SQL {
        let (idle, life) = (WarningCode.idleNotice, GrantSchedule.idleLife)
        let (notice, warned) = (WarningCode.secretNotice, now.addingTimeInterval(WarningCode.secretNotice))
        return """
            SELECT g.tenant_id, \(WarningCode.connectionExpiring.rawValue) AS code, m.mailbox_id AS subject_id,
                m.address AS name, NULL::text AS cause, g.refreshed_at + make_interval(secs => \(idle)) AS since,
                g.refreshed_at + make_interval(secs => \(life)) AS ends_at
            FROM grants g
            JOIN mailboxes m ON m.tenant_id = g.tenant_id AND m.mailbox_id = g.mailbox_id AND m.grant_id = g.grant_id
            WHERE \(grants) AND g.state = 'live' AND g.refreshed_at <= \(now.addingTimeInterval(-idle))
            UNION ALL
            SELECT a.tenant_id, CASE WHEN a.secret_expires_at <= \(now) THEN \(WarningCode.secretExpired.rawValue)
                    ELSE \(WarningCode.secretExpiring.rawValue) END, a.app_id, a.client_id, NULL,
                CASE WHEN a.secret_expires_at <= \(now) THEN a.secret_expires_at
                    ELSE a.secret_expires_at - make_interval(secs => \(notice)) END, a.secret_expires_at
            FROM microsoft_apps a JOIN tenants t ON t.tenant_id = a.tenant_id AND t.status <> 'deleted'
            WHERE \(applications) AND a.retired_at IS NULL AND a.secret_expires_at <= \(warned)
            UNION ALL
            SELECT a.tenant_id, \(WarningCode.applicationRefused.rawValue), a.app_id, a.client_id, a.refusal,
                a.refused_since, NULL
            FROM microsoft_apps a JOIN tenants t ON t.tenant_id = a.tenant_id AND t.status <> 'deleted'
            WHERE \(applications) AND a.retired_at IS NULL AND a.refused_since IS NOT NULL
            """
    }
}

extension Warning {
    /// A row of ``TenantWarnings``.
    package init(row: Row) throws {
        let code: WarningCode = try row["code"]
        let (id, name): (Int64, String) = (try row["subject_id"], try row["name"])
        self.init(
            code: code,
            subject: code == .connectionExpiring ? .mailbox(id, address: name) : .application(id, clientID: name),
            since: try row[nullable: "since"], endsAt: try row[nullable: "ends_at"], cause: try row[nullable: "cause"])
    }
}

extension Mailbox {
    /// What of ``TenantWarnings`` is about it.
    package func warnings(at now: Date) -> [Warning] {
        guard let access, access.isLive, access.refreshedAt <= now.addingTimeInterval(-WarningCode.idleNotice) else {
            return []
        }
        return [
            Warning(
                code: .connectionExpiring, subject: .mailbox(id, address: address),
                since: access.refreshedAt.addingTimeInterval(WarningCode.idleNotice),
                endsAt: access.refreshedAt.addingTimeInterval(GrantSchedule.idleLife))
        ]
    }
}
