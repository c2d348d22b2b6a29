package import Foundation
package import Logging
import Postgres
package import ServiceLifecycle

/// A task that one process of the cluster runs in each period.
package protocol PeriodicTask: Sendable {
    /// Names the task in its row, in logs and in metrics, such as `expire_consents`.
    static var name: String { get }
    /// The time from the end of a run to the beginning of the next, in seconds.
    static var period: TimeInterval { get }
    /// Whether the task also runs while the database is in quarantine. It must then not send anything or call other servers.
    static var runsInQuarantine: Bool { get }

    /// Does everything that is due. Must be idempotent, because it may run twice if a process loses its lease.
    ///
    /// - Throws: to be retried before the period is over.
    func run() async throws
}

extension PeriodicTask {
    package static var runsInQuarantine: Bool { false }
}

/// A task that each process runs for itself: at the start, and again after each pause, until the group shuts down. A failed
/// round is made up for by the next. For tasks that run once in the cluster see ``PeriodicTask``.
package protocol PeriodicWorker: Service, CustomStringConvertible {
    static var pause: Duration { get }
    /// The log message of a failed round.
    static var failure: Logger.Message { get }
    var logger: Logger { get }

    func round() async throws
}

extension PeriodicWorker {
    package var description: String { "\(Self.self)" }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do { try await round() } catch {
                    logger.warning(Self.failure, metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: Self.pause)
            }
        }
    }
}
