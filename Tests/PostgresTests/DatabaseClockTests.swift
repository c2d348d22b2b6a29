import Foundation
import Postgres
import TestSupport
import Testing

@Suite("The database's clock", .timeLimit(.minutes(1)))
struct DatabaseClockTests {
    @Test("it follows the server's clock, to the microsecond and never backwards")
    func follows() async throws {
        try await TestDatabase.with { test in
            try await test.connected { database in
                let clock = DatabaseClock(database)
                try await clock.refresh()
                for _ in 0..<20 {
                    let before = clock.now()
                    let server: Date = try #require(
                        try await database.read("SELECT clock_timestamp() AS now").scalar("now"))
                    let after = clock.now()
                    // The reading's error is half a round trip; the bound is generous for a busy machine.
                    #expect(server > before.addingTimeInterval(-0.5) && server < after.addingTimeInterval(0.5))
                    #expect(before <= after)
                    let microseconds = after.timeIntervalSince1970 * 1_000_000
                    #expect(abs(microseconds - microseconds.rounded()) < 0.3)
                }
            }
        }
    }

    @Test("read from many tasks while it is corrected, it never goes back")
    func forwards() async throws {
        try await TestDatabase.with { test in
            try await test.connected { database in
                let clock = DatabaseClock(database)
                try await clock.refresh()
                try await withThrowingTaskGroup { group in
                    for _ in 0..<4 {
                        group.addTask {
                            var last = clock.now()
                            for _ in 0..<20_000 {
                                let next = clock.now()
                                if next < last {
                                    Issue.record("the clock went back by \(last.timeIntervalSince(next)) s")
                                }
                                last = next
                            }
                        }
                    }
                    group.addTask { for _ in 0..<50 { try await clock.refresh() } }
                    try await group.waitForAll()
                }
            }
        }
    }

    @Test("the clock keeps running without the database, and run() ends when it is cancelled")
    func away() async throws {
        var settings = DatabaseSettings(uri: "postgresql://127.0.0.1:1/nothing")
        settings.queueDeadline = .milliseconds(50)
        let database = try Database(settings)
        let clock = DatabaseClock(database)
        await #expect(throws: DatabaseError.queuedTooLong) { try await clock.refresh() }
        let first = clock.now()
        #expect(clock.now() >= first)
        let running = Task { await clock.run() }
        running.cancel()
        await running.value
        await database.shutdown(drain: .seconds(5))
    }
}
