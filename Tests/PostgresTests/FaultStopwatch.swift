import Foundation

@testable import Postgres

/// Times one request of a fault run. `@unchecked Sendable`: only accessed under `lock`.
final class FaultStopwatch: @unchecked Sendable {
    private let lock = Lock()
    private let began = ContinuousClock.now
    private var timing = FaultLedger.Timing()
    private var bodyBegan: ContinuousClock.Instant?
    private var locked: ContinuousClock.Instant?

    init(_ kind: String) {
        timing.kind = kind
    }

    func bodyBegins() {
        lock.withLock {
            bodyBegan = .now
            locked = nil
            timing.attempts += 1
        }
    }

    func isLocked() { lock.withLock { locked = .now } }

    func timing(_ restart: FaultRestart) -> FaultLedger.Timing {
        let ended = ContinuousClock.now
        return lock.withLock {
            let body = bodyBegan ?? ended
            let locked = locked ?? ended
            timing.queue = body - began
            timing.lock = locked - body
            timing.run = ended - locked
            timing.spansRestart = restart.overlaps(began, ended)
            return timing
        }
    }
}
