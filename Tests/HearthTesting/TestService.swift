package import Configuration
package import Foundation
package import HTTPTypes
import HearthCampaigns
package import HearthCore
package import HearthMailboxes
import HearthMicrosoft
import HearthOperations
package import HearthService
import HearthWeb
package import HearthWebhooks
import Hummingbird
package import HummingbirdTesting
package import Logging
package import MicrosoftSimulator
package import Outbound
package import Postgres
import TestSupport

/// The whole service in the test's process: the composition root's router without a socket, workers that run only when the
/// test drives them, a database of its own, and a simulated Microsoft of its own behind a loopback port. All share one
/// clock, which moves only when the test moves it.
package struct TestService: Sendable {
    package static let start = Date(timeIntervalSince1970: 1_800_000_000)
    package static let keys = "k:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
    package static let clientID = "5d1f3a50-0000-4000-8000-0000000e2e00"
    package static let publicURL = "http://127.0.0.1:1"

    package let clock: ManualClock
    package let microsoft: MicrosoftSimulator
    package let database: Database
    package let settings: Settings
    package let connections: Connections
    package let engines: Engines
    /// Warnings and errors that the service logged.
    package let log: Warnings
    package let deliveries: DeliverWebhooks
    package let grants: MaintainGrants
    package let jobs: RunJobs
    /// Every route of the service.
    package let routes: [(method: HTTPRequest.Method, path: String)]
    /// To the service's router.
    package let client: any TestClientProtocol
    /// To the simulator's port; one request at a time.
    let browser: any TestClientProtocol

    package var dependencies: Dependencies { connections.dependencies }

    /// Options that a test may change before the service is created.
    package struct Options: Sendable {
        package var clock = ManualClock(TestService.start)
        package var keys = TestService.keys
        /// Changes the settings of the database's client.
        package var database: @Sendable (inout DatabaseSettings) -> Void = { _ in }
        /// Changes the configuration of the engine for webhooks.
        package var webhooks: @Sendable (inout OutboundEngine.Configuration) -> Void = { _ in }
    }

    package static func with(
        _ adjust: (inout Options) -> Void = { _ in }, _ body: @Sendable (TestService) async throws -> Void
    ) async throws {
        let options = {
            var options = Options()
            adjust(&options)
            return options
        }()
        let clock = options.clock
        let microsoft = try MicrosoftSimulator(
            settings: SimulatorSettings(
                applications: [
                    .init(
                        clientID: clientID, secret: "secret",
                        redirectURIs: ["callback", "admin-callback"].map { publicURL + "/oauth/microsoft/" + $0 })
                ],
                seed: 7, now: { clock.now }))
        try await TestDatabase.migrated { test in
            try await test.connected(options.database) { database in
                try await microsoft.buildApplication().test(.live) { browser in
                    let settings = try settings(
                        database: test.uri, microsoft: browser.port, keys: options.keys)
                    var configuration = OutboundEngine.Configuration.webhooks(settings)
                    options.webhooks(&configuration)
                    let engines = Engines(
                        microsoft: try OutboundEngine(.microsoft(settings)),
                        webhooks: try OutboundEngine(configuration), openID: try OutboundEngine(.openID(settings)))
                    let result: Result<Void, any Error>
                    do {
                        try await serve(settings, database, engines, microsoft, clock, browser, body)
                        result = .success(())
                    } catch {
                        result = .failure(error)
                    }
                    await engines.shutdown()
                    try result.get()
                }
            }
        }
    }

    private static func serve(
        _ settings: Settings, _ database: Database, _ engines: Engines, _ microsoft: MicrosoftSimulator,
        _ clock: ManualClock, _ browser: any TestClientProtocol, _ body: @Sendable (TestService) async throws -> Void
    ) async throws {
        let log = Warnings()
        let logger = Logger(label: "test", factory: { _ in log })
        let connections = connections(
            settings, database, engines, keyRing: settings.keyRing, work: WorkSignals(database), clock: clock,
            logger: logger)
        let dependencies = connections.dependencies
        let router = try HearthServer(settings: settings, logger: logger).makeRouter(
            connections, engines, keys: KeyDirectory(database, now: dependencies.now, instant: { clock.instant }),
            health: Health(readiness: Readiness(checks: []), prometheus: dependencies.meters.prometheus),
            documents: try documents.get())
        let routes = router.routes.map { (method: $0.method, path: $0.path.description) }
        try await Application(router: router, logger: logger).test(.router) { client in
            try await body(
                TestService(
                    clock: clock, microsoft: microsoft, database: database, settings: settings,
                    connections: connections, engines: engines, log: log,
                    deliveries: DeliverWebhooks(dependencies, engine: engines.webhooks, random: { 0 }),
                    grants: MaintainGrants(connections, random: { 0 }),
                    jobs: RunJobs(
                        runners: [
                            ReplayEvents(database: database, now: dependencies.now), RunCampaignActions(connections),
                        ],
                        store: JobStore(database: database), recorder: dependencies.recorder, work: dependencies.work,
                        now: dependencies.now, logger: logger),
                    routes: routes, client: client, browser: browser))
        }
    }

    /// Makes the dependencies of all features.
    package static func connections(
        _ settings: Settings, _ database: Database, _ engines: Engines, keyRing: KeyRing, work: WorkSignals,
        clock: ManualClock, logger: Logger
    ) -> Connections {
        let meters = Meters()
        let now: @Sendable () -> Date = { clock.now }
        let dependencies = Dependencies(
            settings: settings, database: database, workDatabase: database, now: now, ids: IDSource(database),
            randomBytes: SecureRandom.bytes, keyRing: keyRing, work: work, meters: meters, logger: logger,
            quarantine: Quarantine(), reached: { _ in })
        return Connections(
            dependencies: dependencies,
            microsoft: MicrosoftClient(
                engine: engines.microsoft, endpoints: settings.microsoft, allowsPlainHTTP: true),
            breaker: ApplicationBreaker(now: now, meters: meters, logger: logger),
            dependents: HearthServer.dependents)
    }
}

/// Settings.
extension TestService {
    /// Hearth's folder, as `HEARTH_SHARE_DIR` names it.
    private static let directory = ProcessInfo.processInfo.environment["HEARTH_SHARE_DIR"] ?? "."
    /// The reference page takes half a second to make, so all routers share it.
    package static let documents = Result { try Documents(directory: directory) }

    private static func settings(database: String, microsoft port: Int?, keys: String) throws -> Settings {
        var values = values(database: database)
        values["hearth.encryption.keys"] = .init(stringLiteral: keys)
        if let port {
            values["hearth.microsoft.authority"] = .init(stringLiteral: "http://127.0.0.1:\(port)")
            values["hearth.graph.url"] = .init(stringLiteral: "http://127.0.0.1:\(port)/v1.0")
        }
        return try Settings(ConfigReader(provider: InMemoryProvider(values: values)))
    }

    package static func values(database: String) -> [AbsoluteConfigKey: ConfigValue] {
        [
            "hearth.development": "true", "hearth.database.url": .init(stringLiteral: database),
            "hearth.public.url": .init(stringLiteral: publicURL),
            "hearth.encryption.keys": .init(stringLiteral: keys),
            "hearth.microsoft.client.id": .init(stringLiteral: clientID),
            "hearth.microsoft.client.secret": "secret",
            "hearth.share.dir": .init(stringLiteral: directory),
        ]
    }
}
