import Foundation
import HearthMailboxes
import HearthWeb
import Postgres

/// The console's list of consents, newest first.
struct ConsentSearch: Sendable {
    let database: Database

    static let pageSize = 50

    /// The values of the list's filter.
    enum Stage: String, Sendable, CaseIterable {
        case open, completed, expired, revoked
    }

    struct Page: Sendable {
        let rows: [Consent]
        let next: Int64?
    }

    /// - Parameter before: the last id of the previous page.
    func page(of tenant: Int64, _ stage: Stage?, before: Int64?, at now: Date) async throws -> Page {
        let rows = try await database.read(
            """
            SELECT \(unescaped: Consent.columns) FROM consents s JOIN tenants t ON t.tenant_id = s.tenant_id
            WHERE s.tenant_id = \(tenant) AND s.consent_id < \(before ?? .max)
                AND (\(stage?.rawValue)::text IS NULL OR \(stage?.rawValue)::text = CASE
                    WHEN s.status IN ('open', 'redeeming') AND s.expires_at <= \(now) THEN 'expired'
                    WHEN s.status = 'redeeming' THEN 'open'
                    ELSE s.status END)
            ORDER BY s.consent_id DESC LIMIT \(Self.pageSize + 1)
            """
        ).map(Consent.init)
        let shown = Array(rows.prefix(Self.pageSize))
        return Page(rows: shown, next: rows.count > Self.pageSize ? shown.last?.id : nil)
    }
}
