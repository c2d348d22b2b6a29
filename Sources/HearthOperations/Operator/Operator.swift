import Configuration
package import Foundation
package import HearthCore
import HearthRules
package import HearthWebhooks
import Logging
import Outbound
package import Postgres
import StrictJSON

/// The operator's commands.
package struct Operator: Sendable {
    let settings: Settings
    let database: Database
    package let clock: DatabaseClock
    let ids: IDSource

    package init() throws {
        settings = try Settings(ConfigReader(provider: EnvironmentVariablesProvider()))
        database = try Database(settings.database(connections: 1, name: "hearth-operator"))
        clock = DatabaseClock(database)
        ids = IDSource(database)
    }

    package func close() async {
        await database.shutdown(drain: .seconds(2))
    }

    package var tenants: TenantStore { TenantStore(database: database, ids: ids) }
    package var endpoints: EndpointStore { EndpointStore(database: database, keyRing: settings.keyRing) }
    package var replays: ReplayStore { ReplayStore(database: database) }

    package func now() async throws -> Date {
        try await clock.refresh()
        return clock.now()
    }

    package func migrate(dryRun: Bool) async throws -> Answer {
        let migrator = Migrator(
            directory: settings.shareDirectory + "/migrations",
            settings: DatabaseSettings(uri: settings.migrationDatabaseURL))
        let applied = try await migrator.apply(dryRun: dryRun)
        if !dryRun {
            let now = try await now()
            try await Partitions(database: database, now: { now }).ensure()
        }
        let names = applied.map(\.description)
        let verb = dryRun ? "pending" : "applied"
        return Answer(text: names.isEmpty ? "Nothing to do." : names.map { "\(verb) \($0)" }.joined(separator: "\n")) {
            json in
            json.member("dry_run", dryRun)
            json.array(verb) { json in
                for name in names { json.value(name) }
            }
        }
    }

    package func require(tenant id: Int64) async throws -> TenantStore.Tenant {
        guard let tenant = try await tenants.find(id) else {
            throw OperatorRefusal("there is no tenant \(id); see: hearth tenant list")
        }
        return tenant
    }
}
