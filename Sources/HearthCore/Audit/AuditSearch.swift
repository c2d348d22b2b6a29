package import Foundation
package import HearthWeb
package import Postgres

/// Searches a tenant's audit, newest first. Entries appear once they are chained, which takes about a second.
package struct AuditSearch: Sendable {
    let database: Database

    package init(database: Database) {
        self.database = database
    }

    /// The conditions of a search; nil means any.
    package struct Filter: Sendable, Equatable {
        package var subject: String?
        package var actor: String?
        package var action: String?
        package var since: Date?
        /// Exclusive.
        package var until: Date?

        package init(
            subject: String? = nil, actor: String? = nil, action: String? = nil, since: Date? = nil, until: Date? = nil
        ) {
            self.subject = subject
            self.actor = actor
            self.action = action
            self.since = since
            self.until = until
        }
    }

    package func entries(_ filter: Filter, page: PageRequest, of tenant: Int64) async throws -> Page<AuditEntry> {
        let found = try await database.read(
            """
            SELECT \(unescaped: AuditEntry.columns) FROM audit_entries e
            WHERE e.tenant_id = \(tenant) AND e.position IS NOT NULL AND \(page.follows("e.position"))
                AND (\(filter.subject) IS NULL OR e.subject = \(filter.subject))
                AND (\(filter.actor) IS NULL OR e.actor = \(filter.actor))
                AND (\(filter.action) IS NULL OR e.action = \(filter.action))
                AND (\(filter.since) IS NULL OR e.occurred_at >= \(filter.since))
                AND (\(filter.until) IS NULL OR e.occurred_at < \(filter.until))
            \(page.ordered(by: "e.position"))
            """
        ).map(AuditEntry.init)
        return Page(found, of: page) { $0.position ?? 0 }
    }
}
