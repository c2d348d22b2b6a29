import Foundation
import Glibc
import Synchronization

/// A database client: a fixed number of threads, each with one connection, serving one queue of requests.
///
/// A request waits at most `queueDeadline` for a thread, so an unreachable database causes a clear error, never a hang.
/// Once a thread has taken a request, the server's timeouts end it, or `runLimit` at the latest; cancelling the task
/// only affects a request that is still waiting. Call `shutdown` before releasing the client.
package final class Database: Sendable {
    private let queue: JobQueue
    private let nextID = Atomic<UInt64>(0)

    /// Starts the threads. They connect in the background, so this never blocks.
    /// - Throws: `DatabaseError.malformedURI`.
    package init(_ settings: DatabaseSettings) throws(DatabaseError) {
        try ConnectionKeywords.validate(settings.uri)
        let queue = JobQueue(settings)
        self.queue = queue
        for number in 0..<max(1, settings.connections) {
            queue.threadBegan()
            Self.startThread("postgres-\(number)") { Worker(number: number, queue: queue, settings: settings).run() }
        }
        Self.startThread("postgres-clock") {
            // Not PQcancel: it needs a connection of its own, and a server that has stopped responding would not answer it.
            queue.keepTime { descriptor in _ = Glibc.shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }

    /// Runs a statement that changes nothing. It is retried once if its connection dies.
    package func read(_ sql: SQL) async throws -> Rows {
        try await ask(.statement(sql, isRead: true))
    }

    /// Runs one statement as its own transaction. If its connection dies, the outcome is unknown and the statement is not
    /// retried.
    package func write(_ sql: SQL) async throws -> Rows {
        try await ask(.statement(sql, isRead: false))
    }

    /// Runs `body` in a transaction and commits. The body may run several times. It is synchronous, so nothing can be
    /// awaited while it holds locks, and it runs on one of the client's threads, where task-local values are not visible.
    package func transaction<Value: Sendable>(
        _ body: @escaping @Sendable (inout Transaction) throws -> Value
    ) async throws -> Value {
        try await ask(.transaction({ try body(&$0) }))
    }

    /// Stops accepting requests, serves waiting ones for at most `drain`, closes the connections and waits for the threads.
    /// A thread that is connecting to an unresponsive host can delay this by up to `connect_timeout`.
    package func shutdown(drain: Duration) async {
        await queue.shutdown(drain: drain)
    }

    package var statistics: DatabaseStatistics { queue.statistics }

    private func ask<Value: Sendable>(_ work: Work) async throws -> Value {
        // Otherwise an idle thread might start the work before the cancellation below reaches the queue.
        try Task.checkCancellation()
        let id = nextID.add(1, ordering: .relaxed).newValue
        let value: any Sendable
        do {
            defer { SanitizerFence.acquire() }
            value = try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { continuation in
                    queue.submit(id, work, Reply(continuation))
                    // The handler may have run before the request was queued.
                    if Task.isCancelled { queue.cancel(id) }
                }
            } onCancel: {
                queue.cancel(id)
            }
        }
        // The queue and the threads carry every answer as `any Sendable`; its type is restored here.
        guard let value = value as? Value else { throw DatabaseError.abandoned }
        return value
    }

    private static func startThread(_ name: String, _ body: @escaping @Sendable () -> Void) {
        let thread = Thread(block: body)
        thread.name = name
        thread.start()
    }
}
