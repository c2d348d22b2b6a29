import Foundation
import Postgres

/// The private PostgreSQL that `HEARTH_TEST_DATABASE_URL` names, and the one client that creates and drops databases on it.
struct TestCluster: Sendable {
    struct NotNamed: Error, CustomStringConvertible {
        let description = "HEARTH_TEST_DATABASE_URL names no PostgreSQL cluster; run scripts/test, which starts one"
    }

    private static let one = Result { try TestCluster() }

    private let address: URLComponents
    private let administration: Database

    static func shared() throws -> TestCluster { try one.get() }

    /// The name of a migrated database, which tests copy. Made when the first test asks for it.
    static let template = Task {
        let cluster = try shared()
        let name = newName()
        try await cluster.administer("CREATE DATABASE \(name)")
        _ = try await Migrator(
            directory: migrationsDirectory, settings: DatabaseSettings(uri: try cluster.uri(of: name))
        ).apply()
        // A service makes sure of its partitions when it starts: these are for the months in which the tests' clocks stand.
        try await TestDatabase(uri: try cluster.uri(of: name)).connected { database in
            for table in ["events", "webhook_attempts"] {
                for month in ["2027-01-01", "2027-02-01", "2027-03-01"] {
                    _ = try await database.write("SELECT ensure_month_partition(\(table), \(month)::text::timestamptz)")
                }
            }
        }
        return name
    }

    private init() throws {
        guard let uri = ProcessInfo.processInfo.environment["HEARTH_TEST_DATABASE_URL"],
            let address = URLComponents(string: uri)
        else { throw NotNamed() }
        self.address = address
        var settings = DatabaseSettings(uri: uri)
        settings.connections = 2
        // Files are copied, on a machine that other tests keep busy.
        settings.queueDeadline = .seconds(60)
        settings.runLimit = .seconds(60)
        settings.statementTimeout = .seconds(60)
        administration = try Database(settings)
    }

    static func newName() -> String { "test_" + UUID().uuidString.lowercased().replacingOccurrences(of: "-", with: "") }

    func uri(of database: String) throws -> String {
        var address = address
        address.path = "/" + database
        guard let uri = address.string else { throw NotNamed() }
        return uri
    }

    func administer(_ statement: String) async throws {
        _ = try await administration.write(SQL(stringLiteral: statement))
    }
}
