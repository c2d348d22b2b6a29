package import Foundation
import Synchronization

/// Time that goes on only when a test says so: the date that the service reads, and the monotonic clock of its caches.
package final class ManualClock: Sendable {
    private let start: Date
    private let origin = ContinuousClock.now
    private let date: Mutex<Date>

    package init(_ start: Date) {
        self.start = start
        date = Mutex(start)
    }

    package var now: Date { date.withLock { $0 } }

    /// As far from the clock's making as ``now`` is from its start.
    package var instant: ContinuousClock.Instant { origin + .seconds(now.timeIntervalSince(start)) }

    /// An earlier date changes nothing.
    package func move(to later: Date) { date.withLock { $0 = max($0, later) } }

    package func advance(_ seconds: TimeInterval) { date.withLock { $0 += max(seconds, 0) } }
}
