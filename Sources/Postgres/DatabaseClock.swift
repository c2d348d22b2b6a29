package import Foundation

/// The database server's clock, so that all processes agree on the time.
///
/// Between readings, taken every 30 s, the time advances with the monotonic clock, so a step of the host's clock has no
/// effect. A reading ahead of our time is adopted at once. If a reading is slightly behind, our time runs at half speed
/// until it agrees, so that time never goes back. If it is more than ``largestSlew`` behind, it is adopted at once too,
/// because leases and due times would otherwise stand still until the time had caught up. That happens after a failover
/// from a server with a fast clock to one with a correct clock; due times written by the fast clock stay late by the
/// difference.
///
/// This is the only place that asks the server for the time.
package final class DatabaseClock: Sendable {
    /// `@unchecked Sendable`: touched under `lock` only.
    private final class State: @unchecked Sendable {
        let lock = Lock()
        var reading: (date: Date, at: ContinuousClock.Instant)?
        /// How far our time was ahead of the reading when it was taken, in seconds.
        var lead: TimeInterval = 0
        var latest = Date(timeIntervalSince1970: 0)
    }

    /// The longest round trip whose reading is used without asking again. The error of a reading is up to half its round
    /// trip.
    private static let promptAnswer = Duration.milliseconds(50)
    /// The largest step back, in seconds, that is made up for gradually.
    package static let largestSlew: TimeInterval = 5
    /// Seconds of lead made up for per second.
    private static let slewRate = 0.5

    private let ask: @Sendable () async throws -> Date
    private let instant: @Sendable () -> ContinuousClock.Instant
    private let steppedBack: @Sendable (TimeInterval) -> Void
    private let state = State()

    /// - Parameter steppedBack: called with the number of seconds when the time goes back.
    package convenience init(
        _ database: Database, steppedBack: @escaping @Sendable (TimeInterval) -> Void = { _ in }
    ) {
        self.init(
            asking: {
                guard let date: Date = try await database.read("SELECT clock_timestamp() AS now").scalar("now") else {
                    throw DatabaseError.abandoned
                }
                return date
            }, instant: { .now }, steppedBack: steppedBack)
    }

    /// - Parameters:
    ///   - ask: returns the server's time.
    ///   - instant: the monotonic clock.
    package init(
        asking ask: @escaping @Sendable () async throws -> Date,
        instant: @escaping @Sendable () -> ContinuousClock.Instant,
        steppedBack: @escaping @Sendable (TimeInterval) -> Void
    ) {
        self.ask = ask
        self.instant = instant
        self.steppedBack = steppedBack
    }

    /// Reads the server's clock, assuming that the answer is from the middle of the round trip. If answers are slow, perhaps
    /// because they waited for a connection, the fastest of three is used.
    package func refresh() async throws {
        var best: (roundTrip: Duration, date: Date, at: ContinuousClock.Instant)?
        for _ in 0..<3 {
            let asked = instant()
            let date = try await ask()
            let roundTrip = instant() - asked
            if roundTrip < best?.roundTrip ?? .seconds(3_600) { best = (roundTrip, date, asked + roundTrip / 2) }
            if roundTrip <= Self.promptAnswer { break }
        }
        guard let best else { throw DatabaseError.abandoned }
        let step = state.lock.withLock { follow(best.date, at: best.at) }
        if step > 0 { steppedBack(step) }
    }

    /// Must be called under the lock.
    ///
    /// - Returns: the number of seconds by which the time goes back; 0 if it does not.
    private func follow(_ date: Date, at: ContinuousClock.Instant) -> TimeInterval {
        let instant = instant()
        let before = state.reading.map { _ in time(at: instant) }
        state.reading = (date, at)
        state.lead = 0
        guard let before else {
            // The times returned so far were the host's.
            state.latest = Date(timeIntervalSince1970: 0)
            return 0
        }
        let lead = before.timeIntervalSince(time(at: instant))
        if lead > Self.largestSlew {
            state.latest = Date(timeIntervalSince1970: 0)
            return lead
        }
        // The lead shrinks from the moment of the reading, which is slightly in the past.
        state.lead = max(0, lead) + (lead > 0 ? Self.slewRate * ((instant - at) / .seconds(1)) : 0)
        return 0
    }

    /// Must be called under the lock, after the first reading.
    private func time(at instant: ContinuousClock.Instant) -> Date {
        guard let reading = state.reading else { return Date() }
        let elapsed = (instant - reading.at) / .seconds(1)
        return reading.date.addingTimeInterval(elapsed + max(0, state.lead - Self.slewRate * elapsed))
    }

    /// The time, to the microsecond. It never goes back, except by the steps reported to `steppedBack`. Before the first
    /// reading it is the host's time.
    package func now() -> Date {
        let instant = instant()
        return state.lock.withLock {
            let date = time(at: instant)
            let rounded = Date(timeIntervalSince1970: (date.timeIntervalSince1970 * 1_000_000).rounded() / 1_000_000)
            state.latest = max(state.latest, rounded)
            return state.latest
        }
    }

    /// Refreshes every 30 s until cancelled. If the database is unreachable, the last reading stays in force.
    package func run() async {
        while !Task.isCancelled {
            try? await refresh()
            try? await Task.sleep(for: .seconds(30))
        }
    }
}
