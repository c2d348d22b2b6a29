import Foundation
import Glibc
import Synchronization

/// The client: some threads, each with one connection, and one queue of requests.
///
/// A request waits at most `queueDeadline` for a thread, so a database that is away is a clear error and never a hang.
/// Once a thread has taken it, it ends by the server's timeouts, or by `runLimit` at the latest; cancelling the task
/// reaches only a request that still waits. `shutdown` must be called before the client is let go.
package final class Database: Sendable {
    private let queue: JobQueue
    private let nextID = Atomic<UInt64>(0)

    /// Starts the threads; they connect by themselves, so this never blocks.
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
            // Not PQcancel: it needs a connection of its own, and a server that no longer answers would not answer it.
            queue.keepTime { descriptor in _ = Glibc.shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }

    /// Runs a statement that changes nothing. It is done once more if its connection dies under it.
    package func read(_ sql: SQL) async throws -> Rows {
        try await ask(.statement(sql, isRead: true))
    }

    /// Runs one statement as a transaction of its own. If its connection dies under it, the outcome is unknown and it
    /// is not done again.
    package func write(_ sql: SQL) async throws -> Rows {
        try await ask(.statement(sql, isRead: false))
    }

    /// Runs `body` in a transaction and commits. The body may run several times; it is synchronous, so nothing can be
    /// awaited under its locks, and it runs on a thread of its own: task-local values are not seen there.
    package func transaction<Value: Sendable>(
        _ body: @escaping @Sendable (inout Transaction) throws -> Value
    ) async throws -> Value {
        try await ask(.transaction({ try body(&$0) }))
    }

    /// Takes no more requests, serves what waits for at most `drain`, closes the connections and waits for the threads.
    /// A thread that is just connecting to a host which does not answer is waited for as long as `connect_timeout`.
    package func shutdown(drain: Duration) async {
        await queue.shutdown(drain: drain)
    }

    package var statistics: DatabaseStatistics { queue.statistics }

    private func ask<Value: Sendable>(_ work: Work) async throws -> Value {
        let id = nextID.add(1, ordering: .relaxed).newValue
        let value: any Sendable
        do {
            defer { SanitizerFence.acquire() }
            value = try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { continuation in
                    queue.submit(id, work, Reply(continuation))
                    // The handler may have run before there was anything to cancel.
                    if Task.isCancelled { queue.cancel(id) }
                }
            } onCancel: {
                queue.cancel(id)
            }
        }
        // Queue and threads carry every answer as `any Sendable`; here is where its type is known again.
        guard let value = value as? Value else { throw DatabaseError.abandoned }
        return value
    }

    private static func startThread(_ name: String, _ body: @escaping @Sendable () -> Void) {
        let thread = Thread(block: body)
        thread.name = name
        thread.start()
    }
}
