package import Logging
package import ServiceLifecycle

/// What each process does for itself: at the start, and again after each pause, until the group shuts down. What a failed
/// round has left, the next one finds. What a cluster does once is a ``PeriodicTask``.
package protocol PeriodicWorker: Service, CustomStringConvertible {
    static var pause: Duration { get }
    /// What is logged of a round that failed.
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
