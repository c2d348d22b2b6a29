package import Foundation
package import Logging
package import Postgres

/// The dependencies of every feature. Time, ids and randomness are injected, so that tests can control them.
package struct Dependencies: Sendable {
    package let settings: Settings
    /// The pool for requests, with four connections.
    package let database: Database
    /// The pool for workers, with two connections, so that no request waits behind a worker's statement.
    package let workDatabase: Database
    package let now: @Sendable () -> Date
    package let ids: IDSource
    package let randomBytes: @Sendable (Int) -> [UInt8]
    package let keyRing: KeyRing
    package let work: WorkSignals
    package let meters: Meters
    package let logger: Logger
    /// Whether the state of the database allows anything to be sent.
    package let quarantine: Quarantine
    package let reached: @Sendable (Checkpoint) -> Void

    package init(
        settings: Settings, database: Database, workDatabase: Database, now: @escaping @Sendable () -> Date,
        ids: IDSource, randomBytes: @escaping @Sendable (Int) -> [UInt8], keyRing: KeyRing, work: WorkSignals,
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

    package var recorder: AuditRecorder { AuditRecorder(keyRing: keyRing, randomBytes: randomBytes) }
}
