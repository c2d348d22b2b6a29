import Glibc
package import Logging
package import Postgres

extension Settings {
    /// - Parameter logger: logs failures to connect; nil if the caller reports them anyway.
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

    /// The settings of a single connection, bypassing any pooler, for work on whole tables that may take a day.
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

    /// Kills the process at the checkpoint of `HEARTH_KILL_AT`; does nothing if that is not set.
    package var killSwitch: @Sendable (Checkpoint) -> Void {
        guard let killAt else { return { _ in } }
        let passages = PassageCounter()
        return { checkpoint in
            guard checkpoint == killAt.checkpoint, passages.next() == killAt.passage else { return }
            kill(getpid(), SIGKILL)
        }
    }
}
