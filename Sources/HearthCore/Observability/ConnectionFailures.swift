import Logging
import Synchronization

/// Logs why database connections fail: the first at once, then one line a minute with how many there were.
final class ConnectionFailures: Sendable {
    private struct State {
        var silentUntil: ContinuousClock.Instant?
        var heldBack = 0
    }

    private let pool: String
    private let logger: Logger
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())

    private static let silence = Duration.seconds(60)

    init(pool: String, logger: Logger, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.pool = pool
        self.logger = logger
        self.now = now
    }

    /// - Parameter reason: libpq's, which may name host, role and database, never a password.
    func note(_ reason: String) {
        let now = now()
        let heldBack = state.withLock { state -> Int? in
            if let until = state.silentUntil, now < until {
                state.heldBack += 1
                return nil
            }
            defer { state = State(silentUntil: now + Self.silence) }
            return state.heldBack
        }
        guard let heldBack else { return }
        logger.error(
            "The database cannot be reached",
            metadata: ["pool": "\(pool)", "reason": "\(reason)", "further_failures": "\(heldBack)"])
    }
}
