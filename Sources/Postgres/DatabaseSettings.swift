/// How to reach the server, and the client's limits and timeouts.
package struct DatabaseSettings: Sendable {
    package enum Pooler: String, Sendable {
        case none
        /// A pooler in transaction mode is in between: no start-up options, no named statements. The timeouts below
        /// are then not sent; set them on the role.
        case transaction
    }

    /// A libpq URI, with multiple hosts, `sslmode`, `target_session_attrs` and everything else that libpq supports.
    package var uri: String
    package var connections = 4
    /// The number of requests that may wait for a connection.
    package var queueLimit = 1_000
    /// How long a request may wait for a connection.
    package var queueDeadline = Duration.seconds(5)
    /// How long a batch or a transaction may take before its socket is shut down.
    package var runLimit = Duration.seconds(30)
    package var statementTimeout = Duration.seconds(10)
    package var lockTimeout = Duration.seconds(5)
    /// How long the server lets a transaction sit idle between two round trips.
    package var idleInTransactionTimeout = Duration.seconds(10)
    /// The name shown in `pg_stat_activity`, unless the URI sets one.
    package var applicationName = "hearth"
    package var pooler = Pooler.none

    // MARK: Observing

    /// Called with each distinct SQL text when a connection first prepares it.
    package var onStatement: (@Sendable (String) -> Void)?
    /// Called with the socket of each new connection.
    package var onConnect: (@Sendable (Int32) -> Void)?
    /// Called with libpq's message whenever connecting fails. It may name host, role and database, never a password.
    package var onConnectionFailure: (@Sendable (String) -> Void)?
    /// Called with the time that each request waited for a connection.
    package var onWait: (@Sendable (Duration) -> Void)?

    package init(uri: String) {
        self.uri = uri
    }
}

extension Duration {
    var milliseconds: Int64 { components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000 }
}
