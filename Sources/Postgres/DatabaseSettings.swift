/// How to reach the server, and how long to wait for what.
package struct DatabaseSettings: Sendable {
    package enum Pooler: String, Sendable {
        case none
        /// A pooler in transaction mode stands between: no start-up options, no named statements.
        case transaction
    }

    /// A libpq URI: several hosts, `sslmode`, `target_session_attrs` and all else that libpq understands.
    package var uri: String
    package var connections = 4
    /// Requests that may wait for a connection.
    package var queueLimit = 1_000
    /// How long a request may wait for one.
    package var queueDeadline = Duration.seconds(5)
    /// How long a batch or a transaction may take before its socket is cut.
    package var runLimit = Duration.seconds(30)
    package var statementTimeout = Duration.seconds(10)
    package var lockTimeout = Duration.seconds(5)
    package var applicationName = "hearth"
    package var pooler = Pooler.none
    /// Called with each distinct SQL text when a connection first prepares it.
    package var onStatement: (@Sendable (String) -> Void)?
    /// Called with the socket of each new connection.
    package var onConnect: (@Sendable (Int32) -> Void)?

    /// Called with how long each request waited for a connection.
    package var onWait: (@Sendable (Duration) -> Void)?

    package init(uri: String) {
        self.uri = uri
    }

    /// Keywords and values for `PQconnectdbParams`, the URI first so that it may override what follows only where it
    /// names the same keyword after expansion.
    var keywords: [(String, String)] {
        var keywords = [
            ("connect_timeout", "5"), ("keepalives_idle", "30"), ("keepalives_interval", "10"),
            ("keepalives_count", "3"),
            ("tcp_user_timeout", "30000"), ("target_session_attrs", "any"), ("dbname", uri),
            ("client_encoding", "UTF8"), ("fallback_application_name", applicationName),
        ]
        if pooler == .none {
            keywords.append(
                (
                    "options",
                    "-c TimeZone=UTC -c DateStyle=ISO -c statement_timeout=\(statementTimeout.milliseconds) "
                        + "-c lock_timeout=\(lockTimeout.milliseconds) -c idle_in_transaction_session_timeout=\(runLimit.milliseconds)"
                ))
        }
        return keywords
    }
}

extension Duration {
    var milliseconds: Int64 { components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000 }
}
