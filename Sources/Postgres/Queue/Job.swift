/// A caller waiting for an answer. It is resumed exactly once: a second resume does not compile, and dropping it fails it.
struct Reply: ~Copyable {
    private var continuation: CheckedContinuation<any Sendable, any Error>?

    init(_ continuation: CheckedContinuation<any Sendable, any Error>) {
        self.continuation = continuation
    }

    consuming func resume(with result: Result<any Sendable, any Error>) {
        SanitizerFence.release()
        continuation.take()?.resume(with: result)
    }

    deinit {
        SanitizerFence.release()
        continuation?.resume(throwing: DatabaseError.abandoned)
    }
}

/// Work to do on a connection.
enum Work {
    /// One statement that is its own transaction. Only a read may be retried after the connection is lost.
    case statement(SQL, isRead: Bool)
    case transaction(Transaction.Body)

    var isTransaction: Bool {
        if case .transaction = self { true } else { false }
    }
}

/// A request and its retries. It is either in the queue or in one thread's batch; whoever holds it must answer it.
struct Job: ~Copyable {
    let id: UInt64
    let queuedAt: Monotonic
    let deadline: Monotonic
    /// The number of connections that died while serving it.
    var losses = 0
    /// The number of retries with a new plan.
    var replans = 0
    /// The number of retries after a deadlock or a serialization failure.
    var reruns = 0
    let work: Work
    let reply: Reply

    consuming func succeed(_ value: any Sendable) { finish(.success(value)) }
    consuming func fail(_ error: any Error) { finish(.failure(error)) }

    private consuming func finish(_ result: Result<any Sendable, any Error>) {
        // The field must be moved out before it is consumed.
        let reply = reply
        reply.resume(with: result)
    }
}
