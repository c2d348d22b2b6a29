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

    /// Must be called before the descriptor is closed, so that another file with the same number is never shut down.
    func unregisterSocket(thread: Int) { lock.withLock { sockets[thread] = nil } }

    /// Pauses before the next attempt to connect. Returns false if the thread should end.
    func pause(for duration: Duration) -> Bool {
        let deadline = Monotonic.now + duration
        return lock.withLock {
            while !isShuttingDown, Monotonic.now < deadline { stop.wait(until: deadline) }
            return !isShuttingDown
        }
    }

    /// Stops accepting requests and serves waiting ones until `drain` is over. Returns when every thread has ended.
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
        // Requests are left over if threads had no connection.
        fail(with: DatabaseError.shuttingDown) { _ in true }
    }
}
