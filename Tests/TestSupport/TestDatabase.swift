import Foundation
package import Postgres

/// A database of one test's own on the private cluster, dropped at the end.
package struct TestDatabase: Sendable {
    package let uri: String

    /// Runs `body` on an empty database.
    package static func with<Value>(_ body: (TestDatabase) async throws -> Value) async throws -> Value {
        try await create("", body)
    }

    /// Runs `body` on a database with Hearth's schema: a copy of one that was migrated once for all tests of the process.
    package static func migrated<Value>(_ body: (TestDatabase) async throws -> Value) async throws -> Value {
        let template = try await TestCluster.template.value
        return try await create("TEMPLATE \(template) STRATEGY file_copy") { test in
            try await test.connected({ $0.connections = 1 }) { database in
                // A copy is in quarantine until an operator releases it; this one is meant to serve.
                _ = try await database.write(
                    """
                    UPDATE installation SET database_oid = oid FROM pg_database WHERE datname = current_database()
                    """)
            }
            return try await body(test)
        }
    }

    private static func create<Value>(
        _ options: String, _ body: (TestDatabase) async throws -> Value
    ) async throws -> Value {
        let cluster = try TestCluster.shared()
        let name = TestCluster.newName()
        let test = TestDatabase(uri: try cluster.uri(of: name))
        try await cluster.administer("CREATE DATABASE \(name) \(options)")
        let result: Result<Value, any Error>
        do { result = .success(try await body(test)) } catch { result = .failure(error) }
        try await cluster.administer("DROP DATABASE \(name) WITH (FORCE)")
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
}

/// Hearth's folder of migrations.
package let migrationsDirectory = (ProcessInfo.processInfo.environment["HEARTH_SHARE_DIR"] ?? ".") + "/migrations"
