/// Who waits for an answer. It is answered exactly once: a second time does not compile, and dropping it answers too.
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

/// What is to be done on a connection.
enum Work {
    /// One statement that is its own transaction. Only a read may be done again after a loss.
    case statement(SQL, isRead: Bool)
    case transaction(Transaction.Body)

    var isTransaction: Bool {
        if case .transaction = self { true } else { false }
    }
}

/// A request with its history. It sits in the queue or in one thread's batch, nowhere else; who holds it owes the answer.
struct Job: ~Copyable {
    let id: UInt64
    let queuedAt: Monotonic
    let deadline: Monotonic
    /// Connections that died under it.
    var losses = 0
    /// Times that it was done again with a new plan.
    var replans = 0
    /// Times that it was done again after a deadlock or a serialization failure.
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
