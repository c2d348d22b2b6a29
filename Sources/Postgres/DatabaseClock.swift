package import Foundation
import Synchronization

/// The database's clock, so that all processes agree on the time.
///
/// A reading every 30 s is carried on by the monotonic clock: a step of the host's clock moves nothing. This is the
/// only place that asks the server for the time.
package final class DatabaseClock: Sendable {
    private struct State {
        var reading: (date: Date, at: ContinuousClock.Instant)?
        var latest = Date(timeIntervalSince1970: 0)
    }

    private let database: Database
    private let state = Mutex(State())

    package init(_ database: Database) {
        self.database = database
    }

    /// Reads the server's clock; the answer is taken to be from the middle of the round trip.
    package func refresh() async throws {
        let asked = ContinuousClock.now
        let rows = try await database.read("SELECT clock_timestamp() AS now")
        let answered = ContinuousClock.now
        guard let date: Date = try rows.first?["now"] else { throw DatabaseError.connectionLost }
        state.withLock { $0.reading = (date, asked + (answered - asked) / 2) }
    }

    /// The time, to the microsecond, never earlier than what was answered before. The host's time until the first reading.
    package func now() -> Date {
        let instant = ContinuousClock.now
        return state.withLock { state in
            let date = state.reading.map { $0.date.addingTimeInterval((instant - $0.at) / .seconds(1)) } ?? Date()
            let rounded = Date(timeIntervalSince1970: (date.timeIntervalSince1970 * 1_000_000).rounded() / 1_000_000)
            state.latest = max(state.latest, rounded)
            return state.latest
        }
    }

    /// Refreshes until cancelled. A database that is away leaves the last reading in force.
    package func run() async {
        while !Task.isCancelled {
            try? await refresh()
            try? await Task.sleep(for: .seconds(30))
        }
    }
}
