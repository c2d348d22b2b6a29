/// The client's current state, and counters since it was created.
package struct DatabaseStatistics: Sendable, Equatable {
    /// Requests waiting for a connection.
    package let queued: Int
    /// Open connections, as far as is known: one that died while idle is noticed when it is next needed.
    package let connected: Int
    /// Connections ever opened. Any beyond the number of connections were reconnects.
    package let connects: Int
    /// Times that a request was taken from the queue. A retried request counts each time.
    package let waits: Int
    /// The total time that those requests had waited.
    package let totalWait: Duration
}
