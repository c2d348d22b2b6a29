import Foundation
import Postgres
import TestSupport

/// The server processes of one application name, observed from another connection.
struct Backends {
    let name: String
    /// The URI of their database.
    let uri: String
    let administrator: Database

    /// Waits until `count` of them are running a statement.
    func areActive(_ count: Int) async throws {
        while true {
            let rows = try await administrator.read(
                """
                SELECT count(*) AS count FROM pg_stat_activity
                WHERE application_name = \(name) AND state = 'active' AND wait_event IS NOT NULL
                """)
            if try (rows.scalar("count") ?? 0) >= count { return }
            await Task.yield()
        }
    }

    /// Terminates them all, and returns when they have ended.
    func terminate() async throws {
        _ = try await administrator.write(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = \(name)")
    }

    /// Runs `body` with a client and its backends.
    static func with(
        _ adjust: (inout DatabaseSettings) -> Void = { _ in },
        _ body: (Database, Backends) async throws -> Void
    ) async throws {
        try await TestDatabase.with { test in
            try await test.connected({ $0.connections = 1 }) { administrator in
                let name = "victim-\(UInt32.random(in: 0...UInt32.max))"
                try await test.connected({
                    $0.applicationName = name
                    adjust(&$0)
                }) { database in
                    try await body(database, Backends(name: name, uri: test.uri, administrator: administrator))
                }
            }
        }
    }
}
