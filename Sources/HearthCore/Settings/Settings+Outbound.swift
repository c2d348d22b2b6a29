import Glibc
package import Logging
package import Outbound
package import Postgres

extension OutboundEngine.Configuration {
    package static func microsoft(_ settings: Settings) -> OutboundEngine.Configuration {
        var configuration = OutboundEngine.Configuration(name: "microsoft", policy: .unrestricted)
        configuration.proxy = settings.microsoftProxy
        configuration.caFile = settings.certificateAuthorities
        configuration.allowsPlainHTTP = settings.isDevelopment
        return configuration
    }

    /// For requests to the service's own public URL, which do not use the proxy to Microsoft.
    package static func publicURL(_ settings: Settings) -> OutboundEngine.Configuration {
        var configuration = microsoft(settings)
        configuration.name = "public-url"
        configuration.proxy = nil
        return configuration
    }

    package static func webhooks(_ settings: Settings) -> OutboundEngine.Configuration {
        let networks = settings.webhookNetworks + (settings.isDevelopment ? CIDR.loopback : [])
        var configuration = OutboundEngine.Configuration(name: "webhooks", policy: AddressPolicy(allowing: networks))
        configuration.allowsPlainHTTP = settings.allowsPlainHTTPWebhooks
        return configuration
    }

    /// Restricted like the engine of webhooks. Any visitor of the sign-in page can cause these calls, so few are allowed at
    /// once.
    package static func openID(_ settings: Settings) -> OutboundEngine.Configuration {
        var configuration = webhooks(settings)
        configuration.name = "openid"
        configuration.maximumConnections = 32
        configuration.maximumWaiting = 64
        return configuration
    }
}

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
    package func longRunningDatabase(name: String) -> DatabaseSettings {
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
