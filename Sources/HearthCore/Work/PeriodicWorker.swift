package import Logging
package import ServiceLifecycle

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
