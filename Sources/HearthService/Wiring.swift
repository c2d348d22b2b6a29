import Foundation
import Glibc
import HTTPTypes
import Logging
import Outbound
import Postgres
import ServiceLifecycle

/// The outbound engines: Microsoft's known hosts, the addresses that partners name, and tenants' OpenID providers. They
/// never share a connection, and none can use up what another needs.
struct Engines: Sendable {
    let microsoft: OutboundEngine
    let webhooks: OutboundEngine
    let openID: OutboundEngine

    init(_ settings: Settings) throws {
        microsoft = try OutboundEngine(.microsoft(settings))
        webhooks = try OutboundEngine(.webhooks(settings))
        openID = try OutboundEngine(.openID(settings))
    }

    func shutdown() async {
        await microsoft.shutdown()
        await webhooks.shutdown()
        await openID.shutdown()
    }
}

extension OutboundEngine.Configuration {
    static func microsoft(_ settings: Settings) -> OutboundEngine.Configuration {
        var configuration = OutboundEngine.Configuration(name: "microsoft", policy: .unrestricted)
        configuration.proxy = settings.microsoftProxy
        configuration.caFile = settings.certificateAuthorities
        configuration.allowsPlainHTTP = settings.isDevelopment
        return configuration
    }

    /// For the service's own address, as owners' browsers reach it: not through the proxy to Microsoft.
    static func publicURL(_ settings: Settings) -> OutboundEngine.Configuration {
        var configuration = microsoft(settings)
        configuration.name = "public-url"
        configuration.proxy = nil
        return configuration
    }

    static func webhooks(_ settings: Settings) -> OutboundEngine.Configuration {
        let networks = settings.webhookNetworks + (settings.isDevelopment ? CIDR.loopback : [])
        var configuration = OutboundEngine.Configuration(name: "webhooks", policy: AddressPolicy(allowing: networks))
        configuration.allowsPlainHTTP = settings.allowsPlainHTTPWebhooks
        return configuration
    }

    /// Guarded like the webhooks' engine. Whoever visits the sign-in page can cause such calls, so there are few at once.
    static func openID(_ settings: Settings) -> OutboundEngine.Configuration {
        var configuration = webhooks(settings)
        configuration.name = "openid"
        configuration.maximumConnections = 32
        configuration.maximumWaiting = 64
        return configuration
    }
}

extension Settings {
    /// - Parameter logger: where failures to connect are told; nil where they reach the caller anyway.
    func database(
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
    func patientDatabase(name: String) -> DatabaseSettings {
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
    var killSwitch: @Sendable (Checkpoint) -> Void {
        guard let killAt else { return { _ in } }
        let passages = PassageCounter()
        return { checkpoint in
            guard checkpoint == killAt.checkpoint, passages.next() == killAt.passage else { return }
            kill(getpid(), SIGKILL)
        }
    }
}

/// A loop as a service: it ends when the group shuts down.
struct BackgroundTask: Service, CustomStringConvertible {
    let description: String
    private let body: @Sendable () async -> Void

    init(_ name: String, body: @escaping @Sendable () async -> Void) {
        description = name
        self.body = body
    }

    func run() async throws {
        await cancelWhenGracefulShutdown { await body() }
    }
}

extension APIError {
    /// What a fault of the database means to a caller.
    init?(infrastructure error: any Error) {
        switch error {
        case DatabaseError.queueFull, DatabaseError.queuedTooLong, DatabaseError.connectionLost: self = .databaseBusy
        case DatabaseError.outcomeUnknown: self = .outcomeUnknown
        case DatabaseError.shuttingDown: self = .stopping
        case let error as ServerError where error.constraint == "tenant_pool_not_exceeded":
            self = APIError(
                .conflict, code: "EMAIL_POOL_EXCEEDED",
                message:
                    "The account's daily pool of e-mails is used up. Pause another campaign, or ask the operator for more. GET /api/v1/account/limits shows the figures."
            )
        case let error as ServerError where ["57014", "55P03", "40001", "40P01"].contains(error.sqlState):
            self = .databaseBusy
        default: return nil
        }
    }
}
