/// What the clock thread does.
extension JobQueue {
    /// Until shutdown: fails what waits too long, cuts sockets whose batch runs too long.
    ///
    /// - Parameter cut: makes every blocked read of the socket return. Called under the lock, so that the descriptor
    ///   cannot have been closed meanwhile.
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

    /// Lets the clock thread look again by `instant` at the latest. The lock must be held.
    ///
    /// It is woken only when it would sleep longer, which is seldom: waking it for each request would cost as much as
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
        // After the end, what a thread has connected meanwhile is cut as well.
        if let shutdownDeadline { instants.append(isOver ? now + .milliseconds(20) : shutdownDeadline) }
        return instants.min()
    }
}
