import Logging
import Synchronization

/// Logs failures to connect to the database: the first at once, then at most one line a minute with the number of others.
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

    /// - Parameter reason: libpq's message, which may name host, role and database, but never a password.
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
