package import Postgres

/// Finds tenants where no key identifies the caller, such as for a signed form or an operator's command.
package struct TenantDirectory: Sendable {
    let database: Database

    package init(database: Database) {
        self.database = database
    }

    /// Returns the identity of a tenant, without scopes; nil if there is no such tenant.
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
