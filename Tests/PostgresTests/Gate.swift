@testable import Postgres

/// Blocks a thread, such as one that runs a transaction's body, until the test opens the gate.
final class Gate: @unchecked Sendable {
    private let lock = Lock()
    private let changed: Condition
    private var isOpen = false
    private let arrivals: AsyncStream<Void>
    private let arrival: AsyncStream<Void>.Continuation

    init() {
        changed = Condition(lock)
        (arrivals, arrival) = AsyncStream.makeStream()
    }

    /// Blocks the calling thread.
    func wait() {
        arrival.yield()
        lock.withLock { while !isOpen { changed.wait() } }
    }

    func open() {
        lock.withLock {
            isOpen = true
            changed.broadcast()
        }
    }

    /// Returns when a thread is waiting.
    func isReached() async {
        for await _ in arrivals { return }
    }
}
