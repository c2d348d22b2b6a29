package import Postgres

/// Tenants as themselves, where no key says who is calling: a signed form, an operator's command.
package struct TenantDirectory: Sendable {
    let database: Database

    package init(database: Database) {
        self.database = database
    }

    /// The tenant with no scope of its own; nil when there is none.
    package func identity(of tenant: Int64) async throws -> Identity? {
        try await database.read(
            """
            SELECT \(unescaped: Identity.columns)
            FROM tenants t
            \(unescaped: Identity.ownApplication)
            WHERE t.tenant_id = \(tenant) AND t.status <> 'deleted'
            """
        ).first.map { try Identity(row: $0) }
    }
}
