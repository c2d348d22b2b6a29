package import Foundation
import HTTPTypes
import HearthCore
import HearthRules
package import HearthWeb
package import Postgres

/// Queries for mailboxes of a tenant. Deleted ones are not found.
package struct MailboxStore: Sendable {
    let database: Database

    package init(database: Database) {
        self.database = database
    }

    /// - Throws: 404 `MAILBOX_NOT_FOUND`.
    package func find(_ id: Int64, of tenant: Int64) async throws -> Mailbox {
        guard let row = try await database.read(Self.one(id, of: tenant)).first else { throw APIError.mailboxNotFound }
        return try Mailbox(row: row)
    }

    package static func one(_ id: Int64, of tenant: Int64) -> SQL {
        """
        SELECT \(unescaped: Mailbox.columns) FROM \(unescaped: Mailbox.relations)
        WHERE m.tenant_id = \(tenant) AND m.mailbox_id = \(id) AND m.deleted_at IS NULL
        """
    }

    package func list(
        _ filter: MailboxFilter, page: PageRequest, of tenant: Int64, at now: Date
    ) async throws -> Page<Mailbox> {
        let idleSince = now.addingTimeInterval(-WarningCode.idleNotice)
        let found = try await database.read(
            """
            SELECT \(unescaped: Mailbox.columns) FROM \(unescaped: Mailbox.relations)
            WHERE m.tenant_id = \(tenant) AND \(page.follows("m.mailbox_id")) AND m.deleted_at IS NULL
                AND (\(filter.health?.rawValue) IS NULL OR \(Self.health(at: now)) = \(filter.health?.rawValue))
                AND (\(filter.accountType?.rawValue) IS NULL OR m.account_type = \(filter.accountType?.rawValue))
                AND (\(filter.level?.rawValue) IS NULL OR g.level = \(filter.level?.rawValue))
                AND (\(filter.hasWarning)::boolean IS NULL OR \(filter.hasWarning)
                    = (g.state IS NOT DISTINCT FROM 'live' AND g.refreshed_at <= \(idleSince)))
                AND (\(filter.addressKey) IS NULL OR m.address_key = \(filter.addressKey)
                    OR lower(m.address) = \(filter.addressKey))
                AND (\(filter.tid) IS NULL OR m.tid = \(filter.tid))
                AND (\(filter.addressPart) IS NULL
                    OR strpos(lower(m.address), lower(\(filter.addressPart))) > 0
                    OR strpos(lower(m.user_principal_name), lower(\(filter.addressPart))) > 0)
            \(page.ordered(by: "m.mailbox_id"))
            """
        ).map(Mailbox.init)
        return Page(found, of: page, key: \.id)
    }

    package func health(of tenant: Int64, at now: Date) async throws -> AccountHealth {
        let rows = try await database.read(
            """
            SELECT health, count(*) AS mailboxes FROM (
                SELECT \(Self.health(at: now)) AS health FROM \(unescaped: Mailbox.relations)
                WHERE m.tenant_id = \(tenant) AND m.deleted_at IS NULL
            ) badges GROUP BY health
            """)
        var counts: [MailboxHealth: Int] = [:]
        for row in rows {
            guard let health = MailboxHealth(rawValue: try row["health"]) else { continue }
            counts.updateValue(try row["mailboxes"], forKey: health)
        }
        return AccountHealth(counts: counts)
    }

    /// The badge in SQL, for filters; equivalent to ``Mailbox/health(at:)``.
    package static func health(at now: Date) -> SQL {
        """
        CASE WHEN m.problem IS NOT NULL THEN 'error'
            WHEN g.grant_id IS NULL THEN 'disconnected'
            WHEN c.status = 'active'
                AND greatest(m.last_success_at, g.created_at) < \(now.addingTimeInterval(-MailboxHealth.staleAfter))
                THEN 'stale'
            WHEN m.last_success_at IS NULL OR m.last_success_at < g.created_at THEN 'never_synced'
            ELSE 'healthy' END
        """
    }
}

extension APIError {
    package static let mailboxNotFound = APIError(
        .notFound, code: "MAILBOX_NOT_FOUND",
        message: "There is no such mailbox in this account. See GET /api/v1/mailboxes.")
}
