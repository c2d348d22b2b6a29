/// The waiting requests, and the threads that serve them.
///
/// At most `transactionLimit` threads run a transaction, so that one contended row never holds up every read.
/// `@unchecked Sendable`: all mutable state is accessed only under `lock`.
final class JobQueue: @unchecked Sendable {
    /// The number of statements that one thread takes into one pipeline.
    static let batchLimit = 4

    let lock = Lock()
    /// Signalled when idle threads may have work.
    private let workArrived: Condition
    /// Signalled when the clock thread must check again.
    let clock: Condition
    /// Threads wait here before they reconnect. Not on `workArrived`, where they would swallow a wake-up.
    let stop: Condition

    let settings: DatabaseSettings
    private let transactionLimit: Int
    var statements = Ring<Job>()
    var transactions = Ring<Job>()
    private var idleThreads = 0
    private var runningTransactions = 0
    private var waits = (count: 0, total: Duration.zero)

    var threads = 0
    /// By thread: its socket, and when to shut it down because its batch has taken too long.
    var sockets: [Int: (descriptor: Int32, cutAt: Monotonic?)] = [:]
    var connects = 0
    /// When the clock thread wakes up; nil if nothing is due.
    var clockWakesAt: Monotonic?
    var shutdownDeadline: Monotonic?
    /// The shutdown deadline has passed; nothing more is served.
    var isOver = false
    var shutdownWaiters: [CheckedContinuation<Void, Never>] = []

    init(_ settings: DatabaseSettings) {
        self.settings = settings
        transactionLimit = max(1, settings.connections - 1)
        workArrived = Condition(lock)
        clock = Condition(lock)
        stop = Condition(lock)
    }

    var isShuttingDown: Bool { shutdownDeadline != nil }

    // MARK: Submitting

    func submit(_ id: UInt64, _ work: Work, _ reply: consuming Reply) {
        let now = Monotonic.now
        let deadline = now + settings.queueDeadline
        let job = Job(id: id, queuedAt: now, deadline: deadline, work: work, reply: reply)
        lock.acquire()
        guard !isShuttingDown, statements.count + transactions.count < settings.queueLimit else {
            let error: DatabaseError = isShuttingDown ? .shuttingDown : .queueFull
            lock.release()
            job.fail(error)
            return
        }
        if job.work.isTransaction { transactions.append(job) } else { statements.append(job) }
        let wakesThread = hasWork && idleThreads > 0
        wakeClock(by: deadline)
        lock.release()
        // Outside the lock, which the woken thread needs at once.
        if wakesThread { workArrived.signal() }
    }

    /// Cancels a request that is still waiting; one that a thread has taken runs to its end.
    func cancel(_ id: UInt64) {
        fail(with: CancellationError()) { $0.id == id }
    }

    func fail(with error: any Error, where matches: (borrowing Job) -> Bool) {
        var failed = Ring<Job>(capacity: 1)
        lock.acquire()
        statements.remove(where: matches) { failed.append($0) }
        transactions.remove(where: matches) { failed.append($0) }
        lock.release()
        while !failed.isEmpty { failed.removeFirst().fail(error) }
    }

    // MARK: Serving

    /// Waits until there is work that this thread may take. Returns false if the thread should end.
    func waitForWork() -> Bool {
        lock.withLock {
            while !hasWork, !isShuttingDown {
                idleThreads += 1
                workArrived.wait()
                idleThreads -= 1
            }
            return hasWork && !isOver
        }
    }

    /// Called by a thread that was woken for work and cannot take it; wakes another one instead.
    func handOnWakeUp() {
        lock.withLock { if hasWork { workArrived.signal() } }
    }

    /// Takes one transaction or this thread's share of the waiting statements, whichever is older.
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
        batch.forEach {
            waits.count += 1
            waits.total += now - $0.queuedAt
        }
        let cutAt = now + settings.runLimit
        sockets[thread]?.cutAt = cutAt
        wakeClock(by: cutAt)
        lock.release()
        if let onWait = settings.onWait { batch.forEach { onWait(now - $0.queuedAt) } }
    }

    /// Puts requests that must be retried back at the front of the queue, and wakes another thread if there is work.
    func settle(_ batch: inout Ring<Job>, wasTransaction: Bool, thread: Int) {
        var reversed = Ring<Job>(capacity: Self.batchLimit)
        while !batch.isEmpty { reversed.prepend(batch.removeFirst()) }
        lock.acquire()
        if wasTransaction { runningTransactions -= 1 }
        while !reversed.isEmpty {
            let job = reversed.removeFirst()
            wakeClock(by: job.deadline)
            if job.work.isTransaction { transactions.prepend(job) } else { statements.prepend(job) }
        }
        sockets[thread]?.cutAt = nil
        let (endsSoon, wakesThread) = (isShuttingDown, hasWork && idleThreads > 0)
        lock.release()
        // Idle threads must check whether anything is left, because the shutdown waits for them to end.
        if endsSoon { workArrived.broadcast() } else if wakesThread { workArrived.signal() }
    }

    /// Not just "a request waits": when the maximum number of transactions is running, no thread may take a waiting one.
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

    /// Wakes every idle thread so that it notices the shutdown.
    func wakeAll() { workArrived.broadcast() }

    // MARK: Statistics

    var statistics: DatabaseStatistics {
        lock.withLock {
            DatabaseStatistics(
                queued: statements.count + transactions.count, connected: sockets.count, connects: connects,
                waits: waits.count, totalWait: waits.total)
        }
    }
}
