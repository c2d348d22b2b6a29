import Foundation
import HearthMailboxes
import HearthRules
import HearthWeb
import Postgres

/// The console's list of mailboxes, newest first.
struct MailboxSearch: Sendable {
    let database: Database

    static let pageSize = 50

    struct Filter: Sendable {
        var health: MailboxHealth?
        var accountType: AccountType?
        var level: PermissionLevel?
        /// A substring of either address; case is ignored.
        var address: String?

        var isEmpty: Bool { health == nil && accountType == nil && level == nil && address == nil }
    }

    struct Page: Sendable {
        let rows: [Mailbox]
        /// `before` of the next page; nil on the last page.
        let next: Int64?
    }

    /// - Parameter before: the last id of the previous page.
    func page(of tenant: Int64, _ filter: Filter, before: Int64?, at now: Date) async throws -> Page {
        let rows = try await database.read(
            """
            SELECT \(unescaped: Mailbox.columns) FROM \(unescaped: Mailbox.relations)
            WHERE m.tenant_id = \(tenant) AND m.mailbox_id < \(before ?? .max) AND m.deleted_at IS NULL
                AND (\(filter.health?.rawValue)::text IS NULL
                    OR \(MailboxStore.health(at: now)) = \(filter.health?.rawValue)::text)
                AND (\(filter.accountType)::text IS NULL OR m.account_type = \(filter.accountType)::text)
                AND (\(filter.level)::text IS NULL OR g.level = \(filter.level)::text)
                AND (\(filter.address)::text IS NULL
                    OR strpos(lower(m.address), lower(\(filter.address)::text)) > 0
                    OR strpos(lower(m.user_principal_name), lower(\(filter.address)::text)) > 0)
            ORDER BY m.mailbox_id DESC LIMIT \(Self.pageSize + 1)
            """
        ).map(Mailbox.init)
        let shown = Array(rows.prefix(Self.pageSize))
        return Page(rows: shown, next: rows.count > Self.pageSize ? shown.last?.id : nil)
    }
}
