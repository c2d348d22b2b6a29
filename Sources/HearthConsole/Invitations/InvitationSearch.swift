import Foundation
import HearthOnboarding
import HearthWeb
import Postgres

/// The console's list of invitations, newest first.
struct InvitationSearch: Sendable {
    let database: Database

    static let pageSize = 50

    struct Filter: Sendable {
        var status: Invitation.Status?
        /// A substring of the address; case is ignored.
        var address: String?

        var isEmpty: Bool { status == nil && address == nil }
    }

    struct Page: Sendable {
        let rows: [Invitation]
        /// `before` of the next page; nil on the last page.
        let next: Int64?
    }

    /// - Parameter before: the last id of the previous page.
    func page(of tenant: Int64, _ filter: Filter, before: Int64?, at now: Date) async throws -> Page {
        let rows = try await database.read(
            """
            SELECT \(unescaped: Invitation.columns) FROM invitations i JOIN tenants t ON t.tenant_id = i.tenant_id
            WHERE i.tenant_id = \(tenant) AND i.invitation_id < \(before ?? .max)
                AND (\(filter.status)::text IS NULL OR \(filter.status)::text = \(Invitation.status(at: now)))
                AND (\(filter.address)::text IS NULL OR strpos(lower(i.email), lower(\(filter.address)::text)) > 0)
            ORDER BY i.invitation_id DESC LIMIT \(Self.pageSize + 1)
            """
        ).map(Invitation.init)
        let shown = Array(rows.prefix(Self.pageSize))
        return Page(rows: shown, next: rows.count > Self.pageSize ? shown.last?.id : nil)
    }
}
