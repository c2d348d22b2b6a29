import Configuration
package import Foundation
package import HearthCore
package import HearthRules
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

extension Operator {
    /// Runs `body` with a client for operations on whole tables, whose statements may take up to a day.
    ///
    /// - Parameter uri: nil for the service's own database.
    func withLongStatements<Value>(on uri: String? = nil, _ body: (Database) async throws -> Value) async throws
        -> Value
    {
        var settings = settings.longRunningDatabase(name: "hearth-operator")
        if let uri { settings.uri = uri }
        let database = try Database(settings)
        let result: Result<Value, any Error>
        do { result = .success(try await body(database)) } catch { result = .failure(error) }
        await database.shutdown(drain: .seconds(2))
        return try result.get()
    }
}

extension Operator {
    /// Trims text typed by the operator and applies the API's rules for text: 1 to 255 characters, none of them invisible.
    ///
    /// - Parameter subject: the start of an error message, such as "a name".
    package static func text(_ typed: String, subject: String) throws(OperatorRefusal) -> String {
        let text = typed.trimmingWhitespace()
        guard (1...255).contains(text.unicodeScalars.count) else {
            throw OperatorRefusal("\(subject) must have 1 to 255 characters")
        }
        if let character = text.refusedCharacter { throw OperatorRefusal("\(subject) \(character.words)") }
        return text
    }

    /// Parses an e-mail address typed by the operator.
    package static func address(_ typed: String, subject: String) throws(OperatorRefusal) -> EmailAddress {
        do {
            return try EmailAddress(typed)
        } catch {
            throw OperatorRefusal("\(subject) \(error.words)")
        }
    }
}

/// The output of an operator command: a JSON object, and the same as text.
package struct Answer: Sendable {
    package let json: String
    package let text: String
    /// Whether the command ran but found problems, such as `doctor`.
    package var isFailure = false

    init(text: String, _ body: (inout JSONWriter) -> Void) {
        var writer = JSONWriter()
        writer.object { body(&$0) }
        json = writer.text
        self.text = text
    }
}

/// Why a command cannot be carried out, in words that say what to do.
package struct OperatorRefusal: Error, CustomStringConvertible {
    package let description: String

    init(_ words: String) { description = words }
}
