/// A thread with its own connection, which takes requests, serves them and answers them.
final class Worker {
    private let number: Int
    private let queue: JobQueue
    private let settings: DatabaseSettings
    private var connection: Connection?

    /// The number of retries after a deadlock or a serialization failure.
    private static let reruns = 3

    init(number: Int, queue: JobQueue, settings: DatabaseSettings) {
        self.number = number
        self.queue = queue
        self.settings = settings
    }

    /// The thread's main loop.
    func run() {
        var batch = Ring<Job>(capacity: JobQueue.batchLimit)
        // A thread without a connection takes nothing, and leaves waiting requests to the others.
        while let connection = connect(), queue.waitForWork() {
            guard connection.isUsable else {
                // Connecting may take long, so let another thread take the work that this one was woken for.
                queue.handOnWakeUp()
                disconnect()
                continue
            }
            queue.take(into: &batch, thread: number)
            let isTransaction = batch.withFirst { $0.work.isTransaction } ?? false
            if isTransaction {
                serveTransaction(&batch, on: connection)
            } else {
                serveStatements(&batch, on: connection)
            }
            queue.settle(&batch, wasTransaction: isTransaction, thread: number)
        }
        disconnect()
        queue.threadEnded()
    }

    // MARK: Connecting

    /// Tries until it succeeds. Returns nil if the client is shutting down.
    private func connect() -> Connection? {
        if let connection { return connection }
        var pause = Duration.milliseconds(20)
        while true {
            do {
                let connection = try Connection(settings)
                self.connection = connection
                queue.register(socket: connection.socket, thread: number)
                settings.onConnect?(connection.socket)
                return connection
            } catch {
                settings.onConnectionFailure?(error.reason)
            }
            guard queue.pause(for: pause) else { return nil }
            pause = min(pause * 2, .milliseconds(300))
        }
    }

    private func disconnect() {
        queue.unregisterSocket(thread: number)
        connection = nil
    }

    // MARK: Statements

    /// Sends one pipeline with one Sync per statement. Leaves the requests to retry in `batch`, in order.
    private func serveStatements(_ batch: inout Ring<Job>, on connection: Connection) {
        var sent = Ring<Job>(capacity: JobQueue.batchLimit)
        var groups: [Connection.Group] = []
        var unsent = Ring<Job>(capacity: JobQueue.batchLimit)
        while !batch.isEmpty {
            let job = batch.removeFirst()
            guard !connection.isCondemned else {
                unsent.append(job)
                continue
            }
            guard case .statement(let statement, _) = job.work else {
                job.fail(DatabaseError.abandoned)
                continue
            }
            if let defect = statement.defect {
                job.fail(defect)
                continue
            }
            // If sending fails, part of the statement may have left. Nothing more is sent on this connection.
            if !connection.send(statement) || !connection.sync() { connection.condemn() }
            groups.append(connection.takeGroup())
            sent.append(job)
        }
        for group in groups {
            answer(sent.removeFirst(), with: connection.receive(group), on: connection, again: &batch)
        }
        while !unsent.isEmpty { batch.append(unsent.removeFirst()) }
    }

    private func answer(
        _ job: consuming Job, with answer: Connection.Answer, on connection: Connection, again: inout Ring<Job>
    ) {
        var job = job
        switch answer {
        case .complete(let rows, error: nil):
            if let rows = rows.last { job.succeed(rows) } else { job.fail(DatabaseError.abandoned) }
        case .complete(_, let error?):
            if error.isWorthRerunning, job.reruns < Self.reruns {
                job.reruns += 1
                again.append(job)
            } else if error.wantsNewPlan, job.replans < 1 {
                connection.condemn()
                job.replans += 1
                again.append(job)
            } else {
                job.fail(error)
            }
        case .lost:
            connection.condemn()
            guard case .statement(_, let isRead) = job.work else { return job.fail(DatabaseError.abandoned) }
            if !isRead {
                job.fail(DatabaseError.outcomeUnknown)
            } else if job.losses < 1 {
                job.losses += 1
                again.append(job)
            } else {
                job.fail(DatabaseError.connectionLost)
            }
        }
    }

    // MARK: Transactions

    private func serveTransaction(_ batch: inout Ring<Job>, on connection: Connection) {
        var job = batch.removeFirst()
        guard case .transaction(let body) = job.work else { return job.fail(DatabaseError.abandoned) }
        while true {
            var transaction = Transaction(connection)
            let value: any Sendable
            let end: Transaction.End
            do {
                value = try body(&transaction)
                end = transaction.commit()
            } catch {
                value = ()
                end = transaction.rollback(because: error)
            }
            switch end {
            case .committed: return job.succeed(value)
            case .unknown:
                connection.condemn()
                return job.fail(DatabaseError.outcomeUnknown)
            case .lost:
                connection.condemn()
                guard job.losses < 1 else { return job.fail(DatabaseError.connectionLost) }
                job.losses += 1
                batch.append(job)
                return
            case .failed(let error as ServerError) where error.isWorthRerunning && job.reruns < Self.reruns:
                job.reruns += 1
                if connection.isUsable { continue }
                connection.condemn()
                batch.append(job)
                return
            case .failed(let error as ServerError) where error.wantsNewPlan && job.replans < 1:
                connection.condemn()
                job.replans += 1
                batch.append(job)
                return
            case .failed(let error): return job.fail(error)
            }
        }
    }
}
