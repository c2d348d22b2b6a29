import Glibc
package import Logging
package import Postgres

extension Settings {
    /// - Parameter logger: where failures to connect are told; nil where they reach the caller anyway.
    package func database(
        connections: Int, name: String, logger: Logger? = nil, onWait: (@Sendable (Duration) -> Void)? = nil
    ) -> DatabaseSettings {
        var database = DatabaseSettings(uri: databaseURL)
        database.connections = connections
        database.applicationName = name
        database.pooler = usesTransactionPooler ? .transaction : .none
        database.onWait = onWait
        if let logger {
            let failures = ConnectionFailures(pool: name, logger: logger)
            database.onConnectionFailure = { failures.note($0) }
        }
        if let statements { database.onStatement = { statements.note($0) } }
        return database
    }

    /// One connection, past any pooler, for what goes over whole tables and may take a day.
    package func patientDatabase(name: String) -> DatabaseSettings {
        let day = Duration.seconds(86_400)
        var database = database(connections: 1, name: name)
        database.uri = migrationDatabaseURL
        database.pooler = .none
        database.statementTimeout = day
        database.idleInTransactionTimeout = day
        database.runLimit = day
        return database
    }

    /// What a test's `HEARTH_KILL_AT` does; nothing otherwise.
    package var killSwitch: @Sendable (Checkpoint) -> Void {
        guard let killAt else { return { _ in } }
        let passages = PassageCounter()
        return { checkpoint in
            guard checkpoint == killAt.checkpoint, passages.next() == killAt.passage else { return }
            kill(getpid(), SIGKILL)
        }
    }
}
