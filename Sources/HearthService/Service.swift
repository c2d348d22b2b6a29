import Foundation
import HearthCampaigns
import HearthConsole
package import HearthCore
import HearthDocs
package import HearthMailboxes
import HearthMessages
import HearthMicrosoft
import HearthOnboarding
import HearthOperations
import HearthRules
package import HearthWeb
import HearthWebhooks
package import Hummingbird
package import Logging
import Outbound
import Postgres
import ServiceLifecycle
import UnixSignals

/// The composition root: builds the whole service from its settings.
package struct HearthServer: Sendable {
    package enum Part: String, Sendable, CaseIterable {
        case api, workers
    }

    private let settings: Settings
    private let logger: Logger
    private let prometheus = Prometheus()
    /// The features that depend on a mailbox's connection. Their events are written in this order.
    package static let dependents: [any ConnectionDependent] = [
        SharedMailboxes(), CampaignConnections(), MessageConnections(),
    ]

    package init(settings: Settings, logger: Logger) {
        self.settings = settings
        self.logger = logger
    }

    /// Runs until SIGTERM or SIGINT, then shuts down: the server first, then the workers, the database connections last.
    package func run(_ parts: Set<Part>) async throws {
        let meters = Meters(prometheus)
        let quarantine = Quarantine()
        func pool(_ name: String, connections: Int) throws -> Database {
            var settings = settings.database(
                connections: connections, name: "hearth-\(name)", logger: logger, onWait: meters.poolWait(pool: name))
            settings.onConnect = { _ in quarantine.doubt() }
            return try Database(settings)
        }
        let database = try pool("api", connections: 4)
        let workDatabase = try pool("work", connections: 2)
        let engines = try Engines(settings)
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(
                try await serve(
                    parts, meters: meters, database: database, workDatabase: workDatabase, engines: engines,
                    quarantine: quarantine)
            )
        } catch {
            outcome = .failure(error)
        }
        // Every thread that uses OpenSSL must end before the process does.
        await engines.shutdown()
        await database.shutdown(drain: .seconds(5))
        await workDatabase.shutdown(drain: .seconds(5))
        try outcome.get()
    }

    private func serve(
        _ parts: Set<Part>, meters: Meters, database: Database, workDatabase: Database, engines: Engines,
        quarantine: Quarantine
    ) async throws {
        let clock = DatabaseClock(workDatabase) { [logger] seconds in
            logger.warning(
                "The database's clock went back; leases and due times follow it", metadata: ["seconds": "\(seconds)"])
        }
        try await clock.refresh()
        let dependencies = Dependencies(
            settings: settings, database: database, workDatabase: workDatabase, now: { clock.now() },
            ids: IDSource(database), randomBytes: SecureRandom.bytes, keyRing: settings.keyRing,
            work: WorkSignals(workDatabase), meters: meters, logger: logger, quarantine: quarantine,
            reached: settings.killSwitch)
        let connections = Connections(
            dependencies: dependencies,
            microsoft: MicrosoftClient(
                engine: engines.microsoft, endpoints: settings.microsoft, allowsPlainHTTP: settings.isDevelopment,
                mayCall: { await quarantine.isOver(workDatabase) }),
            breaker: ApplicationBreaker(now: { clock.now() }, meters: meters, logger: logger),
            dependents: Self.dependents)
        let key = AnnounceKey(
            registry: KeyRegistry(database: workDatabase), ring: settings.keyRing, now: dependencies.now, logger: logger
        )
        try await key.begin()
        try await quarantine.look(workDatabase)
        let partitions = Partitions(database: workDatabase, now: dependencies.now)
        try await partitions.ensure()

        let health = Health(
            readiness: Readiness(checks: checks(database, quarantine: quarantine)), prometheus: prometheus)
        var services: [any Service] = [
            BackgroundTask("clock") { await clock.run() },
            BackgroundTask("operator's secret") { [settings] in await settings.microsoft.secret.watch() },
            key,
            WatchQuarantine(
                quarantine: quarantine, database: workDatabase, meters: dependencies.meters, logger: logger),
            BackgroundTask("hints") { await dependencies.work.forward(logger: logger) },
            try makeApplication(
                router: health.makeOperationsRouter(), address: settings.operationsAddress, logger: logger),
        ]
        if parts.contains(.workers) {
            services += try workers(connections, engines, partitions: partitions)
        }
        if parts.contains(.api) { services += try api(connections, engines, health: health) }
        var configuration = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(30)
        try await ServiceGroup(configuration: configuration).run()
    }

    private func workers(
        _ connections: Connections, _ engines: Engines, partitions: Partitions
    ) throws -> [any Service] {
        let dependencies = connections.dependencies
        let listener = Listener(
            settings.database(connections: 1, name: "hearth-listen"), channel: WorkSignals.channel,
            hear: { dependencies.work.receivedFromOtherProcess() })
        let database = dependencies.workDatabase
        let (work, random) = (dependencies.work, { @Sendable () -> Double in Double.random(in: 0..<1) })
        let jobs = RunJobs(
            runners: [ReplayEvents(database: database, now: dependencies.now), RunCampaignActions(connections)],
            store: JobStore(database: database), recorder: dependencies.recorder, work: work, now: dependencies.now,
            logger: logger)
        var leased: [any Service] = [
            LeasedWorker(
                DeliverWebhooks(dependencies, engine: engines.webhooks, random: random), signal: work.deliveries,
                dependencies),
            LeasedWorker(MaintainGrants(connections, random: random), signal: work.grants, dependencies),
            LeasedWorker(jobs, signal: work.jobs, dependencies),
            LeasedWorker(SubmitMessages(connections), signal: work.submissions, dependencies),
            LeasedWorker(WatchMailboxes(connections), signal: work.watches, dependencies),
        ]
        if let mail = settings.mail {
            leased.append(LeasedWorker(try SendInvitations(mail, dependencies), signal: work.mail, dependencies))
        }
        let chain = ChainAudit(
            database: database, keyRing: dependencies.keyRing, retention: settings.auditRetention,
            now: dependencies.now, logger: logger)
        let periodic: [any PeriodicTask] = [
            AnnounceStalls(
                database: database, recorder: dependencies.recorder, work: work, now: dependencies.now, logger: logger),
            ExpireConsents(
                database: database, recorder: dependencies.recorder, work: work, now: dependencies.now, logger: logger),
            ExpireInvitations(
                database: database, recorder: dependencies.recorder, work: work, now: dependencies.now, logger: logger),
            AnnounceWarnings(database: database, work: work, now: dependencies.now),
            TidyEndpoints(database: database, now: dependencies.now),
            ForgetIdempotencyKeys(database: database, now: dependencies.now),
            ApplyRetention(settings: settings, ids: IDSource(database), now: dependencies.now, logger: logger),
            chain, CutAudit(chain: chain),
            ForgetTokenUses(database: database, retention: settings.auditRetention, now: dependencies.now),
            Gauges(database: database, now: dependencies.now), partitions,
        ]
        return leased + [
            ClusterPeriodic(periodic, dependencies),
            ShowGauges(store: ClusterGaugeStore(database: database), meters: dependencies.meters, logger: logger),
            WatchOperatorWarnings(
                operators: OperatorWarnings(settings, database: database), meters: dependencies.meters,
                now: dependencies.now, logger: logger),
            BackgroundTask("listener") { await listener.run() },
        ]
    }

    private func api(_ connections: Connections, _ engines: Engines, health: Health) throws -> [any Service] {
        let dependencies = connections.dependencies
        let keys = KeyDirectory(dependencies.database, now: dependencies.now)
        let router = try makeRouter(
            connections, engines, keys: keys, health: health, documents: Documents(directory: settings.shareDirectory))
        let application = try makeApplication(
            router: router, address: settings.address, tls: settings.tls, documentation: settings.documentation,
            logger: logger,
            onServerRunning: { [logger] channel in
                logger.notice(
                    "Listening", metadata: ["address": "\(channel.localAddress.map { "\($0)" } ?? "unknown")"])
            })
        let uses = BackgroundTask("key uses") { [logger] in await keys.uses.flushEveryMinute(logger: logger) }
        return [application, uses]
    }

    package func makeRouter(
        _ connections: Connections, _ engines: Engines, keys: KeyDirectory, health: Health, documents: Documents
    ) throws -> Router<AppContext> {
        let dependencies = connections.dependencies
        var middleware = StandardMiddleware(measure: dependencies.meters.requests.record, now: dependencies.now)
        middleware.isSecure = settings.publicURL.hasPrefix("https")
        middleware.trustedProxies = settings.trustedProxies
        middleware.errorMapping = APIError.init(infrastructure:)
        middleware.documentation = settings.documentation
        let tests = EndpointTester(dependencies, engine: engines.webhooks)
        let reconnect = ReconnectCampaign(dependencies: dependencies)
        return Routes(
            dependencies: dependencies, keys: keys, health: health, middleware: middleware,
            features: [
                AccountAPI(dependencies: dependencies),
                AccountRoutes(database: dependencies.database, now: dependencies.now),
                WebhookAPI(dependencies: dependencies, tests: tests), MailboxAPI(connections: connections),
                CampaignAPI(
                    connections: connections, reconnect: { try await reconnect.answer($0, for: $1, call: $2) }),
                MessageAPI(connections: connections),
            ],
            onboarding: try OnboardingAPI(connections), notifications: NotificationRoutes(dependencies),
            documents: documents,
            console: try ConsoleRoutes(connections, keys: keys, tests: tests, openIDEngine: engines.openID)
        ).makeRouter()
    }

    private func checks(_ database: Database, quarantine: Quarantine) -> [ReadinessCheck] {
        [
            ReadinessCheck(name: "quarantine") { quarantine.isHeld ? .limited(Quarantine.words) : .ready },
            ReadinessCheck(name: "database") {
                do {
                    _ = try await database.read("SELECT 1 FROM schema_migrations LIMIT 1")
                    return .ready
                } catch {
                    return .notReady("\(error)")
                }
            },
        ]
    }
}
