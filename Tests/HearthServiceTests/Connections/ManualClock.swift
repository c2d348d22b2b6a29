import Foundation
import Synchronization

/// A clock that advances only when a test moves it.
final class ManualClock: Sendable {
    private let date: Mutex<Date>

    init(_ start: Date) { date = Mutex(start) }

    var now: Date { date.withLock { $0 } }

    func move(to later: Date) { date.withLock { $0 = max($0, later) } }
}
