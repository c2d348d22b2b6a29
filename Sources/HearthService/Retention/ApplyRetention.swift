import Foundation
import Logging
import Postgres
import ServiceLifecycle

/// The worker that removes what has had its time: at the start and every six hours, in any process. Whatever another
/// process does at the same time is harmless: each finds what is left.
struct ApplyRetention: Service, CustomStringConvertible {
    let settings: Settings
    let ids: IDSource
    let now: @Sendable () -> Date
    let logger: Logger

    var description: String { "ApplyRetention" }

    private static let pause = Duration.seconds(6 * 3_600)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do { try await once() } catch {
                    logger.warning("Retention could not begin", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: Self.pause)
            }
        }
    }

    /// On a connection of its own, whose statements may wait: neither requests nor workers do for it.
    private func once() async throws {
        let database = try Database(settings.patientDatabase(name: "hearth-retention"))
        await RetentionRun(
            database: database, settings: settings.retention, keyRing: settings.keyRing, ids: ids, now: now,
            logger: logger
        ).run()
        await database.shutdown(drain: .seconds(1))
    }
}
