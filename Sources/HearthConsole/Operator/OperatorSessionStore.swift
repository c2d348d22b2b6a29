import Foundation
import Logging
import Postgres

/// The sessions of the operator's console. They belong to no tenant.
struct OperatorSessionStore: Sendable {
    let database: Database

    /// - Parameter source: the browser's address.
    func begin(_ session: ConsoleSession, from source: String?, at now: Date) async throws {
        _ = try await database.write(
            """
            INSERT INTO operator_sessions (digest, source, created_at, seen_at, ends_at)
            VALUES (\(session.digest), \(source), \(now), \(now),
                \(ConsoleSession.end(ofSessionFrom: now)))
            """)
    }

    /// When the session was last seen; nil once it has ended.
    func seen(_ session: ConsoleSession, at now: Date) async throws -> Date? {
        let row = try await database.read(
            """
            SELECT seen_at FROM operator_sessions WHERE digest = \(session.digest) AND ends_at > \(now)
            """
        ).first
        guard let row else { return nil }
        let seenAt: Date = try row["seen_at"]
        return seenAt
    }

    /// Records that the session is in use. The request does not depend on it, so a failure is only logged.
    func see(_ session: ConsoleSession, at now: Date, logger: Logger) async {
        do {
            _ = try await database.write(
                """
                UPDATE operator_sessions SET seen_at = \(now)
                WHERE digest = \(session.digest) AND seen_at <= \(now.addingTimeInterval(-ConsoleSessionStore.seenPause))
                """)
        } catch {
            logger.warning("Could not record the last use of a session", metadata: ["error": "\(error)"])
        }
    }

    func end(_ session: ConsoleSession) async throws {
        _ = try await database.write("DELETE FROM operator_sessions WHERE digest = \(session.digest)")
    }

    /// Ends all of the operator's sessions, in every browser.
    func endAll() async throws {
        _ = try await database.write("DELETE FROM operator_sessions")
    }
}
