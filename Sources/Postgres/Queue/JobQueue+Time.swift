/// The clock thread's work.
extension JobQueue {
    /// Until shutdown, fails requests that have waited too long and shuts down sockets whose batch runs too long.
    ///
    /// - Parameter cut: makes every blocked read of the socket return. Called under the lock, so that the descriptor
    ///   cannot be closed in the meantime.
    func keepTime(cut: (Int32) -> Void) {
        while true {
            let now = Monotonic.now
            let isLate = lock.withLock { isOver }
            let reason: DatabaseError = isLate ? .shuttingDown : .queuedTooLong
            fail(with: reason) { isLate || $0.deadline <= now }
            let goesOn: Bool = lock.withLock {
                if isShuttingDown, threads == 0 { return false }
                if let shutdownDeadline, shutdownDeadline <= now, !isOver {
                    isOver = true
                    return true
                }
                for (thread, socket) in sockets {
                    guard isOver || socket.cutAt.map({ $0 <= now }) ?? false else { continue }
                    cut(socket.descriptor)
                    sockets[thread]?.cutAt = nil
                }
                clockWakesAt = nextInstant(after: now)
                clock.wait(until: clockWakesAt)
                clockWakesAt = nil
                return true
            }
            if !goesOn { return }
        }
    }

    /// Makes the clock thread check again by `instant` at the latest. The lock must be held.
    ///
    /// The thread is only woken if it would sleep longer, which is rare: waking it for each request would cost as much as
    /// the request.
    func wakeClock(by instant: Monotonic) {
        if let clockWakesAt, clockWakesAt <= instant { return }
        clockWakesAt = instant
        clock.signal()
    }

    private func nextInstant(after now: Monotonic) -> Monotonic? {
        var instants = sockets.values.compactMap(\.cutAt)
        if let first = statements.withFirst({ $0.deadline }) { instants.append(first) }
        if let first = transactions.withFirst({ $0.deadline }) { instants.append(first) }
        // After the deadline, sockets of threads that connect late are shut down as well.
        if let shutdownDeadline { instants.append(isOver ? now + .milliseconds(20) : shutdownDeadline) }
        return instants.min()
    }
}
