import Foundation
import Synchronization

/// Time that goes on only when a test says so.
final class ManualClock: Sendable {
    private let date: Mutex<Date>

    init(_ start: Date) { date = Mutex(start) }

    var now: Date { date.withLock { $0 } }

    func move(to later: Date) { date.withLock { $0 = max($0, later) } }
}
