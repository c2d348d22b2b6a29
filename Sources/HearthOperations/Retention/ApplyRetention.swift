package import Foundation
package import HearthCore
package import Logging
import Postgres

/// Removes expired rows when a process starts, and every six hours.
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

    /// Uses its own connection, whose statements may run for a long time, so that requests and workers do not wait for it.
    package func run() async throws {
        let database = try Database(settings.longRunningDatabase(name: "hearth-retention"))
        let failed = await RetentionRun(
            database: database, settings: settings.retention, keyRing: settings.keyRing, ids: ids, now: now,
            logger: logger
        ).run()
        await database.shutdown(drain: .seconds(1))
        if failed > 0 { throw StepsFailed(count: failed) }
    }
}

/// Some expired rows could not be removed.
struct StepsFailed: Error, CustomStringConvertible {
    let count: Int
    var description: String { "\(count) steps failed" }
}
