import Foundation
import Postgres

/// Looks into a tenant's audit, the newest first. What is not chained yet is not there: that takes a second.
struct AuditSearch: Sendable {
    let database: Database

    /// What is nil narrows nothing.
    struct Filter: Sendable, Equatable {
        var subject: String?
        var actor: String?
        var action: String?
        var since: Date?
        /// Not included.
        var until: Date?
    }

    /// - Parameter before: the position that the page before ended with.
    func entries(_ filter: Filter, of tenant: Int64, before: Int64?, limit: Int) async throws -> [AuditEntry] {
        try await database.read(
            """
            SELECT \(unescaped: AuditEntry.columns) FROM audit_entries e
            WHERE e.tenant_id = \(tenant) AND e.position IS NOT NULL
                AND (\(before) IS NULL OR e.position < \(before))
                AND (\(filter.subject) IS NULL OR e.subject = \(filter.subject))
                AND (\(filter.actor) IS NULL OR e.actor = \(filter.actor))
                AND (\(filter.action) IS NULL OR e.action = \(filter.action))
                AND (\(filter.since) IS NULL OR e.occurred_at >= \(filter.since))
                AND (\(filter.until) IS NULL OR e.occurred_at < \(filter.until))
            ORDER BY e.position DESC LIMIT \(limit)
            """
        ).map(AuditEntry.init)
    }
}
