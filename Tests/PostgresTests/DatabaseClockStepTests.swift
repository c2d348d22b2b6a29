import Foundation
import Postgres
import Synchronization
import Testing

/// The clock with a fake server and a fake monotonic clock.
@Suite("The database's clock after a correction", .timeLimit(.minutes(1)))
struct DatabaseClockStepTests {
    private final class Source: Sendable {
        private let state: Mutex<(server: Date, instant: ContinuousClock.Instant, steps: [TimeInterval])>

        init() { state = Mutex((Date(timeIntervalSince1970: 1_800_000_000), .now, [])) }

        var server: Date { state.withLock { $0.server } }
        var instant: ContinuousClock.Instant { state.withLock { $0.instant } }
        var steps: [TimeInterval] { state.withLock { $0.steps } }

        /// Lets time pass, on the server's clock as well.
        func pass(_ seconds: Double) {
            state.withLock { state in
                state.server += seconds
                state.instant += .seconds(seconds)
            }
        }

        /// Steps the server's clock, as another server's would differ.
        func step(_ seconds: Double) { state.withLock { $0.server += seconds } }

        func note(_ seconds: TimeInterval) { state.withLock { $0.steps.append(seconds) } }
    }

    private func clock(_ source: Source) async throws -> DatabaseClock {
        let clock = DatabaseClock(
            asking: { source.server }, instant: { source.instant }, steppedBack: { source.note($0) })
        try await clock.refresh()
        return clock
    }

    /// The seconds by which the clock is ahead of the server.
    private func lead(_ clock: DatabaseClock, _ source: Source) -> Double {
        (clock.now().timeIntervalSince(source.server) * 1_000).rounded() / 1_000
    }

    @Test("after a failover from a clock ten minutes fast, leases expire on time")
    func stepBack() async throws {
        let source = Source()
        source.step(600)
        let clock = try await clock(source)
        source.pass(30)
        source.step(-600)
        let before = clock.now()
        try await clock.refresh()
        #expect(lead(clock, source) == 0)
        #expect(source.steps.map { ($0 * 1_000).rounded() } == [600_000])
        let leaseEnd = clock.now().addingTimeInterval(30)
        #expect(leaseEnd < before)
        source.pass(30)
        #expect(clock.now() >= leaseEnd)
    }

    @Test("a small correction is made by running at half speed, and time never goes back")
    func slew() async throws {
        let source = Source()
        let clock = try await clock(source)
        source.step(-4)
        let before = clock.now()
        try await clock.refresh()
        #expect(clock.now() >= before)
        #expect(lead(clock, source) == 4)
        var last = clock.now()
        for (seconds, expected) in [(1.0, 3.5), (3, 2), (3.5, 0.25), (1, 0), (10, 0)] {
            source.pass(seconds)
            #expect(lead(clock, source) == expected)
            #expect(clock.now() > last)
            last = clock.now()
        }
        #expect(source.steps.isEmpty)
    }

    @Test("a reading in the middle of a correction does not change it")
    func refreshWhileSlewing() async throws {
        let source = Source()
        let clock = try await clock(source)
        source.step(-4)
        try await clock.refresh()
        source.pass(2)
        try await clock.refresh()
        #expect(lead(clock, source) == 3)
        source.pass(6)
        #expect(lead(clock, source) == 0)
    }

    @Test("a reading that is ahead is followed at once, by any distance")
    func forward() async throws {
        let source = Source()
        let clock = try await clock(source)
        source.step(600)
        try await clock.refresh()
        #expect(lead(clock, source) == 0)
        #expect(source.steps.isEmpty)
    }
}
