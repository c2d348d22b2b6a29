import Foundation
import Logging
import Postgres

/// Removes what has had its time: at the start and every six hours, in any process. Whatever another
/// process does at the same time is harmless: each finds what is left.
struct ApplyRetention: PeriodicWorker {
    let settings: Settings
    let ids: IDSource
    let now: @Sendable () -> Date
    let logger: Logger

    static let pause = Duration.seconds(6 * 3_600)
    static let failure: Logger.Message = "Retention could not begin"

    /// On a connection of its own, whose statements may wait: neither requests nor workers do for it.
    func round() async throws {
        let database = try Database(settings.patientDatabase(name: "hearth-retention"))
        await RetentionRun(
            database: database, settings: settings.retention, keyRing: settings.keyRing, ids: ids, now: now,
            logger: logger
        ).run()
        await database.shutdown(drain: .seconds(1))
    }
}
