import Foundation
import Logging
import Outbound
import Postgres

/// What every feature is made from. Time, ids and randomness are passed in, so that a test can hold them.
struct Dependencies: Sendable {
    let settings: Settings
    /// Four connections for requests.
    let database: Database
    /// Two connections for workers, so that no claim or list sits before a request.
    let workDatabase: Database
    let now: @Sendable () -> Date
    let ids: IDSource
    let randomBytes: @Sendable (Int) -> [UInt8]
    let keyRing: KeyRing
    let microsoft: MicrosoftClient
    let breaker: ApplicationBreaker
    /// Requests to addresses that partners name: guarded, and with no connection shared with Microsoft's engine.
    let webhookEngine: OutboundEngine
    /// Requests to tenants' OpenID providers: guarded likewise, and apart from both.
    let openIDEngine: OutboundEngine
    let work: WorkHints
    let meters: Meters
    let logger: Logger
    /// Whether anything may go out, as far as the database's state decides it.
    let quarantine: Quarantine
    let reached: @Sendable (Checkpoint) -> Void
    let testSlots = TestSlots()

    var pen: AuditPen { AuditPen(keyRing: keyRing, randomBytes: randomBytes) }
}
