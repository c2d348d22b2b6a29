package import Foundation
package import HearthCore
package import Logging
import Postgres

/// Removes what has had its time: when a process starts, and every six hours.
package struct ApplyRetention: PeriodicTask {
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

    package static let name = "apply_retention"
    package static let period: TimeInterval = 6 * 3_600

    /// On a connection of its own, whose statements may wait: neither requests nor workers do for it.
    package func run() async throws {
        let database = try Database(settings.patientDatabase(name: "hearth-retention"))
        let failed = await RetentionRun(
            database: database, settings: settings.retention, keyRing: settings.keyRing, ids: ids, now: now,
            logger: logger
        ).run()
        await database.shutdown(drain: .seconds(1))
        if failed > 0 { throw StepsFailed(count: failed) }
    }
}

/// Some of what has had its time could not be removed.
struct StepsFailed: Error, CustomStringConvertible {
    let count: Int
    var description: String { "\(count) steps failed" }
}
