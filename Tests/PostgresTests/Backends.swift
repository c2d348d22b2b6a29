import Foundation
import Postgres
import TestSupport

/// The server's processes that serve one application name, seen from another connection.
struct Backends {
    let name: String
    /// Of the database that they serve.
    let uri: String
    let administrator: Database

    /// Waits until `count` of them run a statement.
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

    /// Ends them all, and returns when they are gone.
    func terminate() async throws {
        _ = try await administrator.write(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = \(name)")
    }

    /// Runs `body` with a client and what is needed to do its backends harm.
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
