package import Foundation

/// The database's clock, so that all processes agree on the time.
///
/// A reading every 30 s is carried on by the monotonic clock: a step of the host's clock moves nothing. This is the
/// only place that asks the server for the time.
package final class DatabaseClock: Sendable {
    /// `@unchecked Sendable`: touched under `lock` only.
    private final class State: @unchecked Sendable {
        let lock = Lock()
        var reading: (date: Date, at: ContinuousClock.Instant)?
        var latest = Date(timeIntervalSince1970: 0)
    }

    /// How long a round trip may take for its reading to be taken as it is. Half of it is the reading's error.
    private static let promptAnswer = Duration.milliseconds(50)

    private let database: Database
    private let state = State()

    package init(_ database: Database) {
        self.database = database
    }

    /// Reads the server's clock; the answer is taken to be from the middle of the round trip. Of slow answers, which
    /// may have waited for a connection first, the quickest of three is taken.
    package func refresh() async throws {
        var best: (roundTrip: Duration, date: Date, at: ContinuousClock.Instant)?
        for _ in 0..<3 {
            let asked = ContinuousClock.now
            let rows = try await database.read("SELECT clock_timestamp() AS now")
            let roundTrip = ContinuousClock.now - asked
            guard let date: Date = try rows.scalar("now") else { throw DatabaseError.abandoned }
            if roundTrip < best?.roundTrip ?? .seconds(3_600) { best = (roundTrip, date, asked + roundTrip / 2) }
            if roundTrip <= Self.promptAnswer { break }
        }
        guard let best else { throw DatabaseError.abandoned }
        state.lock.withLock { state.reading = (best.date, best.at) }
    }

    /// The time, to the microsecond, never earlier than what was answered before: after a correction backwards it
    /// stands until the time has caught up. The host's time until the first reading.
    package func now() -> Date {
        let instant = ContinuousClock.now
        return state.lock.withLock {
            let date = state.reading.map { $0.date.addingTimeInterval((instant - $0.at) / .seconds(1)) } ?? Date()
            let rounded = Date(timeIntervalSince1970: (date.timeIntervalSince1970 * 1_000_000).rounded() / 1_000_000)
            state.latest = max(state.latest, rounded)
            return state.latest
        }
    }

    /// Refreshes every 30 s until cancelled. A database that is away leaves the last reading in force.
    package func run() async {
        while !Task.isCancelled {
            try? await refresh()
            try? await Task.sleep(for: .seconds(30))
        }
    }
}
