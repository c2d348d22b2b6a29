package import Foundation
package import HearthCore
package import Logging
import Postgres

/// Removes what has had its time: at the start and every six hours, in any process. Whatever another
/// process does at the same time is harmless: each finds what is left.
package struct ApplyRetention: PeriodicWorker {
    let settings: Settings
    let ids: IDSource
    let now: @Sendable () -> Date
    package let logger: Logger

    package init(settings: Settings, ids: IDSource, now: @escaping @Sendable () -> Date, logger: Logger) {
        self.settings = settings
        self.ids = ids
        self.now = now
        self.logger = logger
    }

    package static let pause = Duration.seconds(6 * 3_600)
    package static let failure: Logger.Message = "Retention could not begin"

    /// On a connection of its own, whose statements may wait: neither requests nor workers do for it.
    package func round() async throws {
        let database = try Database(settings.patientDatabase(name: "hearth-retention"))
        await RetentionRun(
            database: database, settings: settings.retention, keyRing: settings.keyRing, ids: ids, now: now,
            logger: logger
        ).run()
        await database.shutdown(drain: .seconds(1))
    }
}
