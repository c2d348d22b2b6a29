import CLibPQ
import Foundation
import Glibc

/// The client: some threads, each with one connection, and one queue of requests.
///
/// A request waits at most `queueDeadline` for a thread, so a database that is away is a clear error and never a hang.
package final class Database: Sendable {
    private let queue: JobQueue

    /// Starts the threads; they connect by themselves.
    /// - Throws: `DatabaseError.malformedURI`.
    package init(_ settings: DatabaseSettings) throws(DatabaseError) {
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(settings.uri, &message) else {
            // libpq's message quotes the URI, and with it the password.
            PQfreemem(message)
            throw .malformedURI
        }
        PQconninfoFree(options)
        let queue = JobQueue(settings)
        self.queue = queue
        for number in 0..<max(1, settings.connections) {
            queue.threadBegan()
            Self.startThread("postgres-\(number)") { Worker(number: number, queue: queue, settings: settings).run() }
        }
        Self.startThread("postgres-clock") {
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
    /// awaited under its locks.
    package func transaction<Value: Sendable>(
        _ body: @escaping @Sendable (inout Transaction) throws -> Value
    ) async throws -> Value {
        try await ask(.transaction({ try body(&$0) }))
    }

    /// Takes no more requests, serves what waits for at most `drain`, closes the connections and joins the threads.
    package func shutdown(drain: Duration) async {
        await queue.shutdown(drain: drain)
    }

    package var statistics: DatabaseStatistics { queue.statistics }

    private func ask<Value: Sendable>(_ work: Work) async throws -> Value {
        let id = queue.makeID()
        let value = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                queue.submit(id, work, Reply(continuation))
                // The handler may have run before there was anything to cancel.
                if Task.isCancelled { queue.cancel(id) }
            }
        } onCancel: {
            queue.cancel(id)
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
