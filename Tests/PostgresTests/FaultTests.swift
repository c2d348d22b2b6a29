import Foundation
import TestSupport
import Testing

@testable import Postgres

/// Checks the reported outcomes against the database while connections die.
///
/// `HEARTH_FAULT_SECONDS` sets the duration (6). With `HEARTH_FAULT_RESTART=1` the cluster is restarted halfway by the
/// shell command `HEARTH_TEST_PG_RESTART`; nothing else may use it then: `swift test --filter FaultTests`.
@Suite("Faults", .timeLimit(.minutes(5)))
struct FaultTests {
    private static let tasks = 64

    private func setting(_ name: String) -> String? { ProcessInfo.processInfo.environment[name] }

    @Test("acknowledged requests took effect once, refused ones did not, and unknown ones at most once")
    func faults() async throws {
        let seconds = setting("HEARTH_FAULT_SECONDS").flatMap(Double.init) ?? 6
        let command = setting("HEARTH_FAULT_RESTART") == "1" ? setting("HEARTH_TEST_PG_RESTART") : nil
        let sockets = FaultSockets(connections: 4)
        try await Backends.with({
            $0.onConnect = { sockets.add($0) }
            // By default the server looks for deadlocks after 1 s; that wait would hide all others.
            $0.uri += ($0.uri.contains("?") ? "&" : "?") + "options=-c%20deadlock_timeout%3D10ms"
        }) { database, backends in
            let run = FaultRun(
                database: database, backends: backends, sockets: sockets, restart: FaultRestart(command))
            try await run.prepare()
            try await withThrowingTaskGroup { group in
                for _ in 0..<Self.tasks {
                    group.addTask { try await run.work(for: .seconds(seconds), faultEvery: 250) }
                }
                try await group.waitForAll()
            }
            let report =
                run.ledger.report + "\n  \(database.statistics)\n"
                + (run.restart.duration.map { "  the server was down for \($0.milliseconds) ms\n" } ?? "")
            FileHandle.standardError.write(Data("Fault run of \(seconds) s: \(report)".utf8))
            try await check(run, database)
        }
    }

    private func check(_ run: FaultRun, _ database: Database) async throws {
        let done = try await database.read("SELECT request, count(*) AS count FROM effects GROUP BY request")
        let counts = try Dictionary(
            uniqueKeysWithValues: done.map { (try $0["request"] as Int64, try $0["count"] as Int) })
        let writes = run.ledger.writes
        #expect(writes.count > 100, "too few writes to mean anything")
        #expect(counts.filter { $0.value > 1 }.isEmpty, "requests were done twice")
        #expect(writes.filter { $0.value == .acknowledged && counts[$0.key] != 1 }.isEmpty, "acknowledged but not done")
        #expect(writes.filter { $0.value == .refused && counts[$0.key] != nil }.isEmpty, "refused but done")
        #expect(counts.keys.allSatisfy { writes[$0] != nil }, "done but never answered")
        // Each counter equals its effects, without gap or repetition.
        let wrong = try await database.read(
            """
            SELECT c.id FROM counters c LEFT JOIN effects e ON e.counter = c.id
            GROUP BY c.id, c.value
            HAVING count(e.value) <> c.value OR count(DISTINCT e.value) <> c.value OR coalesce(max(e.value), 0) <> c.value
            """)
        #expect(wrong.isEmpty, "counters that differ from their effects")
    }
}
