/// The requests that wait, and the threads that serve them.
///
/// At most `transactionLimit` threads run a transaction, so that one hot row never holds up every read.
/// `@unchecked Sendable`: everything that changes is touched under `lock` only.
final class JobQueue: @unchecked Sendable {
    /// Statements that one thread takes into one pipeline.
    static let batchLimit = 4

    private let lock = Lock()
    private let hasWorkNow: Condition
    private let clock: Condition
    private let stop: Condition

    private let settings: DatabaseSettings
    private let transactionLimit: Int
    private var statements = Ring<Job>()
    private var transactions = Ring<Job>()
    private var nextID: UInt64 = 0
    private var idleThreads = 0
    private var runningTransactions = 0
    private var threads = 0
    private var isShuttingDown = false
    private var shutdownDeadline: Monotonic?
    private var shutdownWaiters: [CheckedContinuation<Void, Never>] = []
    /// By thread: its socket, and when its batch has taken too long.
    private var sockets: [Int: (descriptor: Int32, cutAt: Monotonic?)] = [:]

    init(_ settings: DatabaseSettings) {
        self.settings = settings
        transactionLimit = max(1, settings.connections - 1)
        hasWorkNow = Condition(lock)
        clock = Condition(lock)
        stop = Condition(lock)
    }

    // MARK: Asking

    func makeID() -> UInt64 {
        lock.withLock {
            nextID += 1
            return nextID
        }
    }

    func submit(_ id: UInt64, _ work: Work, _ reply: consuming Reply) {
        let now = Monotonic.now
        let job = Job(id: id, queuedAt: now, deadline: now + settings.queueDeadline, work: work, reply: reply)
        lock.acquire()
        guard !isShuttingDown, statements.count + transactions.count < settings.queueLimit else {
            let error: DatabaseError = isShuttingDown ? .shuttingDown : .queueFull
            lock.release()
            job.fail(error)
            return
        }
        let wasEmpty = statements.isEmpty && transactions.isEmpty
        if job.work.isTransaction { transactions.append(job) } else { statements.append(job) }
        if hasWork { hasWorkNow.signal() }
        if wasEmpty { clock.signal() }
        lock.release()
    }

    /// Reaches a request that still waits; one that a thread has taken runs to its end.
    func cancel(_ id: UInt64) {
        fail(with: CancellationError()) { $0.id == id }
    }

    // MARK: Serving

    /// Waits for something that this thread may take. False: the thread is to end.
    func waitForWork() -> Bool {
        lock.withLock {
            while !hasWork, !isShuttingDown {
                idleThreads += 1
                hasWorkNow.wait()
                idleThreads -= 1
            }
            return hasWork
        }
    }

    /// Takes the older of one transaction or the thread's share of the waiting statements.
    func take(into batch: inout Ring<Job>, thread: Int) {
        let now = Monotonic.now
        lock.acquire()
        if takesTransaction {
            runningTransactions += 1
            batch.append(transactions.removeFirst())
        } else if !statements.isEmpty {
            let share = (statements.count + idleThreads) / (idleThreads + 1)
            for _ in 0..<min(share, Self.batchLimit) { batch.append(statements.removeFirst()) }
        }
        sockets[thread]?.cutAt = now + settings.runLimit
        clock.signal()
        lock.release()
        if let onWait = settings.onWait { batch.forEach { onWait(now - $0.queuedAt) } }
    }

    /// Puts back what must be done again, in its old place, and hands on the wake-up.
    func settle(_ batch: inout Ring<Job>, wasTransaction: Bool, thread: Int) {
        var reversed = Ring<Job>()
        while !batch.isEmpty { reversed.prepend(batch.removeFirst()) }
        lock.acquire()
        if wasTransaction { runningTransactions -= 1 }
        while !reversed.isEmpty {
            let job = reversed.removeFirst()
            if job.work.isTransaction { transactions.prepend(job) } else { statements.prepend(job) }
        }
        sockets[thread]?.cutAt = nil
        if hasWork { hasWorkNow.signal() }
        if isShuttingDown { hasWorkNow.broadcast() }
        lock.release()
    }

    private var hasWork: Bool {
        !statements.isEmpty || (!transactions.isEmpty && runningTransactions < transactionLimit)
    }

    private var takesTransaction: Bool {
        guard runningTransactions < transactionLimit, let transaction = transactions.withFirst({ $0.id }) else {
            return false
        }
        guard let statement = statements.withFirst({ $0.id }) else { return true }
        return transaction < statement
    }

    // MARK: Threads and their sockets

    func threadBegan() { lock.withLock { threads += 1 } }

    func threadEnded() {
        let waiters: [CheckedContinuation<Void, Never>] = lock.withLock {
            threads -= 1
            guard threads == 0 else { return [] }
            defer { shutdownWaiters = [] }
            clock.signal()
            return shutdownWaiters
        }
        for waiter in waiters { waiter.resume() }
    }

    func register(socket: Int32, thread: Int) { lock.withLock { sockets[thread] = (socket, nil) } }
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

    var statistics: DatabaseStatistics {
        lock.withLock { DatabaseStatistics(queued: statements.count + transactions.count, connected: sockets.count) }
    }

    // MARK: Time and the end

    /// Takes no more requests; what waits is served until `drain` is over. Returns when every thread has ended.
    func shutdown(drain: Duration) async {
        await withCheckedContinuation { continuation in
            let isOver: Bool = lock.withLock {
                isShuttingDown = true
                shutdownDeadline = Monotonic.now + drain
                hasWorkNow.broadcast()
                clock.signal()
                stop.broadcast()
                if threads > 0 { shutdownWaiters.append(continuation) }
                return threads == 0
            }
            if isOver { continuation.resume() }
        }
        fail(with: DatabaseError.shuttingDown) { _ in true }
    }

    /// The clock thread's loop: fails what waits too long, cuts sockets whose batch runs too long.
    func keepTime(cut: (Int32) -> Void) {
        while true {
            let now = Monotonic.now
            fail(with: DatabaseError.queuedTooLong) { $0.deadline <= now }
            let goesOn: Bool = lock.withLock {
                let isLate = shutdownDeadline.map { $0 <= now } ?? false
                for (thread, socket) in sockets {
                    guard isLate || socket.cutAt.map({ $0 <= now }) ?? false else { continue }
                    cut(socket.descriptor)
                    sockets[thread]?.cutAt = nil
                }
                if isShuttingDown, threads == 0 { return false }
                clock.wait(until: wakeUp(after: now))
                return true
            }
            if !goesOn { return }
        }
    }

    private func wakeUp(after now: Monotonic) -> Monotonic? {
        var instants = sockets.values.compactMap(\.cutAt)
        if let first = statements.withFirst({ $0.deadline }) { instants.append(first) }
        if let first = transactions.withFirst({ $0.deadline }) { instants.append(first) }
        if let shutdownDeadline { instants.append(max(shutdownDeadline, now + .milliseconds(50))) }
        return instants.min()
    }

    private func fail(with error: any Error, where matches: (borrowing Job) -> Bool) {
        var failed = Ring<Job>(capacity: 1)
        lock.acquire()
        statements.remove(where: matches) { failed.append($0) }
        transactions.remove(where: matches) { failed.append($0) }
        lock.release()
        while !failed.isEmpty { failed.removeFirst().fail(error) }
    }
}

/// How the client stands now.
package struct DatabaseStatistics: Sendable, Equatable {
    /// Requests that wait for a connection.
    package let queued: Int
    /// Connections that are up.
    package let connected: Int
}
