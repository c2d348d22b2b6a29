package import Foundation
import HTTPTypes
import HearthCore
package import HearthRules
package import HearthWeb
package import Postgres
import StrictJSON

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

/// The overall health of an account's mailboxes.
package struct AccountHealth: Sendable {
    /// The number of mailboxes with each badge; an absent badge has none.
    package let counts: [MailboxHealth: Int]

    /// The worst badge. Disconnected mailboxes are ignored, because their partner wanted that.
    package var worst: MailboxHealth { counts.keys.filter { $0 != .disconnected }.max() ?? .healthy }
}

/// A filter for mailboxes. Nil values are ignored.
package struct MailboxFilter: Sendable, Equatable {
    package var health: MailboxHealth?
    package var accountType: AccountType?
    package var level: PermissionLevel?
    /// Whether there is a warning that its connection will end.
    var hasWarning: Bool?
    /// The key of an address, requested or actual.
    var addressKey: String?
    /// A substring of its address or user principal name, case-insensitive.
    package var addressPart: String?
    var tid: UUID?

    package init(health: MailboxHealth? = nil) {
        self.health = health
    }

    package var isEmpty: Bool { self == MailboxFilter() }

    init(_ fields: inout Fields) {
        health = fields.choice("health")
        accountType = fields.choice("account_type", or: "accountType")
        level = fields.choice("permission_level", or: "permissionLevel")
        hasWarning = fields.boolean("has_warning", or: "hasWarning")
        let address = fields.string("email", length: 1...320)
        addressKey = address.flatMap(EmailAddress.key(of:))
        if address != nil, addressKey == nil { fields.problem("email", "must be an e-mail address") }
        let tenant = fields.string("microsoft_tenant_id", or: "microsoftTenantId", length: 1...64)
        tid = tenant.flatMap(UUID.init(uuidString:))
        if tenant != nil, tid == nil { fields.problem("microsoft_tenant_id", "must be a UUID") }
    }
}
