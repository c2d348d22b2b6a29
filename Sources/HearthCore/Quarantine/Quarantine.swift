package import Postgres
import Synchronization

/// Whether the database is a restored copy that nobody has put in order yet. Nothing may go out then: what its lanes
/// hold was delivered long ago, and its refresh tokens may be former ones.
///
/// A database may be exchanged for its copy under a running process. Its connections die then, so every new connection
/// puts the last look in doubt, and nothing goes out before another.
package final class Quarantine: Sendable {
    package enum State: Sendable, Equatable {
        case unknown, held, over
    }

    private struct Look {
        var state = State.unknown
        /// How often a look was put in doubt: one that began before is not believed.
        var doubts = 0
    }

    private let latest = Mutex(Look())

    package init() {}

    /// Whether the last look found it held; false while that is in doubt. For what is shown, not for what is done:
    /// ``isOver(_:)`` decides.
    package var isHeld: Bool { latest.withLock { $0.state == .held } }

    /// To be called whenever a connection to the database begins.
    package func doubt() {
        latest.withLock { look in
            look.doubts += 1
            // What was held stays so until a look says otherwise.
            if look.state == .over { look.state = .unknown }
        }
    }

    /// - Throws: what kept the database from answering; in doubt it stays so.
    @discardableResult
    package func look(_ database: Database) async throws -> State {
        let doubts = latest.withLock { $0.doubts }
        let state = try await Self.isServing(database) ? State.over : .held
        return latest.withLock { look in
            if look.doubts == doubts || state == .held { look.state = state }
            return look.state
        }
    }

    /// Whether something may be written or go out now. Not while it cannot be found out.
    package func isOver(_ database: Database) async -> Bool {
        // A look that a new connection has put in doubt is done once more: the connection was its own, perhaps.
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
