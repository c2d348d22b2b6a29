import Foundation
package import Postgres

/// A database of one test's own on the private cluster, dropped at the end.
package struct TestDatabase {
    package let uri: String
    private let administration: String
    private let name: String

    struct NoCluster: Error, CustomStringConvertible {
        let description = "HEARTH_TEST_DATABASE_URL names no PostgreSQL cluster; run scripts/test, which starts one"
    }

    package static func with<Value>(_ body: (TestDatabase) async throws -> Value) async throws -> Value {
        guard let administration = ProcessInfo.processInfo.environment["HEARTH_TEST_DATABASE_URL"] else {
            throw NoCluster()
        }
        let name = "test_" + UUID().uuidString.lowercased().replacingOccurrences(of: "-", with: "")
        guard var components = URLComponents(string: administration) else { throw NoCluster() }
        components.path = "/" + name
        guard let uri = components.string else { throw NoCluster() }
        let test = TestDatabase(uri: uri, administration: administration, name: name)
        try await test.administer("CREATE DATABASE \(name)")
        let result: Result<Value, any Error>
        do { result = .success(try await body(test)) } catch { result = .failure(error) }
        try await test.administer("DROP DATABASE \(name) WITH (FORCE)")
        return try result.get()
    }

    /// A client of this database that is shut down after `body`.
    package func connected<Value>(
        _ adjust: (inout DatabaseSettings) -> Void = { _ in }, _ body: (Database) async throws -> Value
    ) async throws -> Value {
        var settings = DatabaseSettings(uri: uri)
        adjust(&settings)
        let database = try Database(settings)
        let result: Result<Value, any Error>
        do { result = .success(try await body(database)) } catch { result = .failure(error) }
        await database.shutdown(drain: .seconds(5))
        return try result.get()
    }

    private func administer(_ statement: String) async throws {
        var settings = DatabaseSettings(uri: administration)
        settings.connections = 1
        let database = try Database(settings)
        defer { Swift.Task { await database.shutdown(drain: .seconds(1)) } }
        _ = try await database.write(SQL(stringLiteral: statement))
    }
}
