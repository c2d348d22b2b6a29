package import HearthCore
package import Postgres

/// Loads the credentials of a grant's application: the tenant's own, or the operator's.
package struct MicrosoftApplications: Sendable {
    let database: Database
    let keyRing: KeyRing
    let client: MicrosoftClient

    package init(database: Database, keyRing: KeyRing, client: MicrosoftClient) {
        self.database = database
        self.keyRing = keyRing
        self.client = client
    }

    package func credentials(_ id: Int64?, of tenant: Int64) async throws -> MicrosoftClient.Application {
        guard let id else { return client.operatorApplication }
        let row = try await database.read(
            """
            SELECT client_id, secret, former_secret FROM microsoft_apps
            WHERE tenant_id = \(tenant) AND app_id = \(id) AND retired_at IS NULL
            """
        ).first
        guard let row else { throw MicrosoftFault(.applicationFault, cause: "the tenant's application does not exist") }
        let place = KeyRing.Place(tenant: tenant, row: id, purpose: .applicationSecret)
        let former: [UInt8]? = try row[nullable: "former_secret"]
        return MicrosoftClient.Application(
            clientID: try row["client_id"],
            secret: String(decoding: try keyRing.open(row["secret"], for: place), as: UTF8.self),
            formerSecret: try former.map { String(decoding: try keyRing.open($0, for: place), as: UTF8.self) })
    }
}
