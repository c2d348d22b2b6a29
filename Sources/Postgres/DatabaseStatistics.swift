/// How the client stands now, and what it has done since it was made.
package struct DatabaseStatistics: Sendable, Equatable {
    /// Requests that wait for a connection.
    package let queued: Int
    /// Connections that are up, as far as is known: one that died idle is found out when it is next needed.
    package let connected: Int
    /// Connections ever made. What exceeds the number of connections was a reconnect.
    package let connects: Int
    /// Requests that were taken from the queue, each time that one was taken.
    package let waits: Int
    /// How long they had waited, summed.
    package let totalWait: Duration
}
