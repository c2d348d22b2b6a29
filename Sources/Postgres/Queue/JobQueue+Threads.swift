/// The threads that serve the queue, and their sockets.
extension JobQueue {
    func threadBegan() { lock.withLock { threads += 1 } }

    func threadEnded() {
        let waiters: [CheckedContinuation<Void, Never>] = lock.withLock {
            threads -= 1
            guard threads == 0 else { return [] }
            defer { shutdownWaiters = [] }
            clock.signal()
            return shutdownWaiters
        }
        SanitizerFence.release()
        for waiter in waiters { waiter.resume() }
    }

    func register(socket: Int32, thread: Int) {
        lock.withLock {
            sockets[thread] = (socket, nil)
            connects += 1
        }
    }

    /// To be called before the descriptor is closed, so that no other file of the same number is ever cut.
    func unregisterSocket(thread: Int) { lock.withLock { sockets[thread] = nil } }

    /// Pauses before another try to connect. False: the thread is to end.
    func pause(for duration: Duration) -> Bool {
        let deadline = Monotonic.now + duration
        return lock.withLock {
            while !isShuttingDown, Monotonic.now < deadline { stop.wait(until: deadline) }
            return !isShuttingDown
        }
    }

    /// Takes no more requests; what waits is served until `drain` is over. Returns when every thread has ended.
    func shutdown(drain: Duration) async {
        let deadline = Monotonic.now + drain
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let hasEnded: Bool = lock.withLock {
                shutdownDeadline = min(shutdownDeadline ?? deadline, deadline)
                wakeAll()
                clock.signal()
                stop.broadcast()
                if threads > 0 { shutdownWaiters.append(continuation) }
                return threads == 0
            }
            if hasEnded { continuation.resume() }
        }
        SanitizerFence.acquire()
        // Threads without a connection have left what waited for them.
        fail(with: DatabaseError.shuttingDown) { _ in true }
    }
}
