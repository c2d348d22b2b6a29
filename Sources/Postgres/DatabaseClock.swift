package import Foundation

/// The database's clock, so that all processes agree on the time.
///
/// A reading every 30 s is carried on by the monotonic clock: a step of the host's clock moves nothing. A reading that is
/// ahead is followed at once. One that is a little behind is approached at half speed, so that the time goes on only
/// forwards; one that is more than ``largestSlew`` behind is followed at once as well, because leases and due times would
/// stand still until the time had caught up. That happens after a failover to a server whose clock is right, from one whose
/// clock was fast; what was written by the fast clock stays due that much later.
///
/// This is the only place that asks the server for the time.
package final class DatabaseClock: Sendable {
    /// `@unchecked Sendable`: touched under `lock` only.
    private final class State: @unchecked Sendable {
        let lock = Lock()
        var reading: (date: Date, at: ContinuousClock.Instant)?
        /// By how much the answers were ahead of the reading when it was taken, in seconds.
        var lead: TimeInterval = 0
        var latest = Date(timeIntervalSince1970: 0)
    }

    /// How long a round trip may take for its reading to be taken as it is. Half of it is the reading's error.
    private static let promptAnswer = Duration.milliseconds(50)
    /// A step back up to this many seconds is made up for slowly.
    package static let largestSlew: TimeInterval = 5
    /// How much of a lead is given up in a second.
    private static let slewRate = 0.5

    private let ask: @Sendable () async throws -> Date
    private let instant: @Sendable () -> ContinuousClock.Instant
    private let steppedBack: @Sendable (TimeInterval) -> Void
    private let state = State()

    /// - Parameter steppedBack: told when the time goes back, and by how many seconds.
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
    ///   - ask: gives the server's time.
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

    /// Reads the server's clock; the answer is taken to be from the middle of the round trip. Of slow answers, which
    /// may have waited for a connection first, the quickest of three is taken.
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

    /// To be called under the lock.
    ///
    /// - Returns: by how many seconds the time goes back.
    private func follow(_ date: Date, at: ContinuousClock.Instant) -> TimeInterval {
        let instant = instant()
        let before = state.reading.map { _ in time(at: instant) }
        state.reading = (date, at)
        state.lead = 0
        guard let before else {
            // Until now it was the host's.
            state.latest = Date(timeIntervalSince1970: 0)
            return 0
        }
        let lead = before.timeIntervalSince(time(at: instant))
        if lead > Self.largestSlew {
            state.latest = Date(timeIntervalSince1970: 0)
            return lead
        }
        // It shrinks from the reading on, which was a moment ago.
        state.lead = max(0, lead) + (lead > 0 ? Self.slewRate * ((instant - at) / .seconds(1)) : 0)
        return 0
    }

    /// To be called under the lock, after the first reading.
    private func time(at instant: ContinuousClock.Instant) -> Date {
        guard let reading = state.reading else { return Date() }
        let elapsed = (instant - reading.at) / .seconds(1)
        return reading.date.addingTimeInterval(elapsed + max(0, state.lead - Self.slewRate * elapsed))
    }

    /// The time, to the microsecond. It goes on only forwards, save for the steps that `steppedBack` is told of. The host's
    /// time until the first reading.
    package func now() -> Date {
        let instant = instant()
        return state.lock.withLock {
            let date = time(at: instant)
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
