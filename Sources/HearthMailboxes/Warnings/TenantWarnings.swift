package import Foundation
package import HearthRules
package import Postgres

/// Warnings for tenants, about their mailboxes and their own Entra applications. They are not stored, but derived from the
/// current state.
package struct TenantWarnings: Sendable {
    let database: Database

    package init(database: Database) {
        self.database = database
    }

    /// Maximum warnings in an overview; the soonest are shown.
    package static let shown = 100

    package struct Overview: Sendable {
        package let total: Int
        /// At most ``TenantWarnings/shown``.
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

    /// Returns the number of warnings of each kind, over all tenants. Takes no locks.
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

    /// A tenant's warnings of one kind.
    package struct Group: Sendable {
        package let tenantID: Int64
        package let code: WarningCode
        package let count: Int
        /// The earliest time at which one of them takes effect or took effect.
        package let first: Date?
    }

    /// Returns the warnings of all tenants by tenant and kind, soonest first. Takes no locks.
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

    /// Returns the applications that Microsoft refuses, longest refused first.
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

    /// Selects the warnings of one tenant.
    package static func select(of tenant: Int64, at now: Date) -> SQL {
        select(grants: "g.tenant_id = \(tenant)", applications: "a.tenant_id = \(tenant)", at: now)
    }

    /// Selects the warnings of all tenants.
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
    /// Creates a warning from a row of ``TenantWarnings``.
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
    /// Returns those of ``TenantWarnings`` that are about this mailbox.
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
