package import Foundation
package import Logging
package import Postgres

/// What every feature is made from. Time, ids and randomness are passed in, so that a test can hold them.
package struct Dependencies: Sendable {
    package let settings: Settings
    /// Four connections for requests.
    package let database: Database
    /// Two connections for workers, so that no claim or list sits before a request.
    package let workDatabase: Database
    package let now: @Sendable () -> Date
    package let ids: IDSource
    package let randomBytes: @Sendable (Int) -> [UInt8]
    package let keyRing: KeyRing
    package let work: WorkHints
    package let meters: Meters
    package let logger: Logger
    /// Whether anything may go out, as far as the database's state decides it.
    package let quarantine: Quarantine
    package let reached: @Sendable (Checkpoint) -> Void

    package init(
        settings: Settings, database: Database, workDatabase: Database, now: @escaping @Sendable () -> Date,
        ids: IDSource, randomBytes: @escaping @Sendable (Int) -> [UInt8], keyRing: KeyRing, work: WorkHints,
        meters: Meters, logger: Logger, quarantine: Quarantine, reached: @escaping @Sendable (Checkpoint) -> Void
    ) {
        self.settings = settings
        self.database = database
        self.workDatabase = workDatabase
        self.now = now
        self.ids = ids
        self.randomBytes = randomBytes
        self.keyRing = keyRing
        self.work = work
        self.meters = meters
        self.logger = logger
        self.quarantine = quarantine
        self.reached = reached
    }

    package var pen: AuditPen { AuditPen(keyRing: keyRing, randomBytes: randomBytes) }
}
