package import Postgres
import Synchronization

/// Whether the database is a restored copy that the operator has not released. Nothing may be sent from such a copy: its
/// pending deliveries may have been made already, and its refresh tokens may be out of date.
///
/// A database may be replaced by a copy under a running process. That breaks the connections, so every new connection
/// invalidates the known state, and nothing is sent until the database has been read again.
package final class Quarantine: Sendable {
    package enum State: Sendable, Equatable {
        case unknown, held, over
    }

    private struct Look {
        var state = State.unknown
        /// The number of invalidations. A read that started before the latest one does not count.
        var doubts = 0
    }

    private let latest = Mutex(Look())

    package init() {}

    /// Whether the database was in quarantine when last read; false while unknown. For display only; decisions use
    /// ``isOver(_:)``.
    package var isHeld: Bool { latest.withLock { $0.state == .held } }

    /// Invalidates the known state. Must be called for every new connection to the database.
    package func doubt() {
        latest.withLock { look in
            look.doubts += 1
            // A quarantine holds until the database has been read again.
            if look.state == .over { look.state = .unknown }
        }
    }

    /// Reads the state from the database.
    ///
    /// - Throws: the database error; the known state is then unchanged.
    @discardableResult
    package func look(_ database: Database) async throws -> State {
        let doubts = latest.withLock { $0.doubts }
        let state = try await Self.isServing(database) ? State.over : .held
        return latest.withLock { look in
            if look.doubts == doubts || state == .held { look.state = state }
            return look.state
        }
    }

    /// Returns whether writes and outgoing requests are allowed now; false while that cannot be determined.
    package func isOver(_ database: Database) async -> Bool {
        // Retried once, because the read itself may have opened the connection that invalidated it.
        for _ in 0..<2 {
            switch latest.withLock({ $0.state }) {
            case .over: return true
            case .held: return false
            case .unknown: _ = try? await look(database)
            }
        }
        return latest.withLock { $0.state == .over }
    }

    package static func isServing(_ database: Database) async throws -> Bool {
        try await !database.read(
            """
            SELECT 1 FROM installation i JOIN pg_database d ON d.oid = i.database_oid
            WHERE d.datname = current_database()
            """
        ).isEmpty
    }
}
