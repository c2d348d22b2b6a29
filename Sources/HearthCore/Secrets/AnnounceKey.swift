package import Foundation
package import Logging
import Postgres
import ServiceLifecycle

/// Keeps announcing the key with which this process seals, so that a rotation does not retire it.
package struct AnnounceKey: Service, CustomStringConvertible {
    package let registry: KeyRegistry
    package let ring: KeyRing
    let now: @Sendable () -> Date
    let logger: Logger

    package init(registry: KeyRegistry, ring: KeyRing, now: @escaping @Sendable () -> Date, logger: Logger) {
        self.registry = registry
        self.ring = ring
        self.now = now
        self.logger = logger
    }

    package var description: String { "AnnounceKey" }

    /// - Throws: `KeyRefusal` if sealed values need a key that this ring lacks.
    package func begin() async throws {
        if let problem = try await registry.problem(with: ring) { throw KeyRefusal(description: problem) }
        try await registry.announce(ring, at: now())
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await Task.sleep(for: .seconds(KeyRegistry.life / 4))
                if Task.isCancelled { return }
                do { try await registry.announce(ring, at: now()) } catch {
                    logger.debug("The newest key could not be announced", metadata: ["error": "\(error)"])
                }
            }
        }
    }
}

/// The reason why the service refuses to start with a key ring.
struct KeyRefusal: Error, CustomStringConvertible {
    let description: String
}
