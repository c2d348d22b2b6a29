import Configuration
import Foundation
import Logging
import Outbound
import Postgres
import TestSupport

@testable import HearthCore
@testable import HearthMailboxes
@testable import HearthMicrosoft
@testable import HearthService

/// What features are made from, on a real database of the test's own, for tests that need no more than one of them.
struct TestService: Sendable {
    static let start = Date(timeIntervalSince1970: 1_800_000_000)
    static let keys = "k:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

    let database: Database
    let settings: Settings
    let connections: Connections
    let engines: Engines

    var dependencies: Dependencies { connections.dependencies }

    /// - Parameters:
    ///   - now: the service's clock.
    ///   - adjust: the database client's settings.
    ///   - webhooks: the engine for webhooks.
    static func with(
        now: @escaping @Sendable () -> Date = { start },
        adjust: (inout DatabaseSettings) -> Void = { _ in },
        webhooks: (inout OutboundEngine.Configuration) -> Void = { _ in },
        _ body: (TestService) async throws -> Void
    ) async throws {
        try await TestDatabase.with { test in
            let settings = try Settings(ConfigReader(provider: InMemoryProvider(values: values(database: test.uri))))
            _ = try await Migrator(
                directory: settings.shareDirectory + "/migrations", settings: DatabaseSettings(uri: test.uri)
            ).apply()
            var configuration = OutboundEngine.Configuration.webhooks(settings)
            webhooks(&configuration)
            let engines = Engines(
                microsoft: try OutboundEngine(.microsoft(settings)), webhooks: try OutboundEngine(configuration),
                openID: try OutboundEngine(.openID(settings)))
            let result: Result<Void, any Error>
            do {
                try await test.connected(adjust) { database in
                    try await body(make(settings, database, engines, now: now))
                }
                result = .success(())
            } catch {
                result = .failure(error)
            }
            await engines.shutdown()
            try result.get()
        }
    }

    static func values(database: String) -> [AbsoluteConfigKey: ConfigValue] {
        [
            "hearth.development": "true", "hearth.database.url": .init(stringLiteral: database),
            "hearth.public.url": "http://127.0.0.1:1", "hearth.encryption.keys": .init(stringLiteral: keys),
            "hearth.microsoft.client.id": "5d1f3a50-0000-4000-8000-0000000e2e00",
            "hearth.microsoft.client.secret": "secret",
            "hearth.share.dir": .init(
                stringLiteral: ProcessInfo.processInfo.environment["HEARTH_SHARE_DIR"] ?? "."),
        ]
    }

    private static func make(
        _ settings: Settings, _ database: Database, _ engines: Engines, now: @escaping @Sendable () -> Date
    ) -> TestService {
        let meters = Meters()
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let dependencies = Dependencies(
            settings: settings, database: database, workDatabase: database, now: now, ids: IDSource(database),
            randomBytes: SecureRandom.bytes, keyRing: settings.keyRing, work: WorkHints(database), meters: meters,
            logger: logger, quarantine: Quarantine(), reached: { _ in })
        return TestService(
            database: database, settings: settings,
            connections: Connections(
                dependencies: dependencies,
                microsoft: MicrosoftClient(
                    engine: engines.microsoft, endpoints: settings.microsoft, allowsPlainHTTP: true),
                breaker: ApplicationBreaker(now: now, meters: meters, logger: logger),
                dependents: HearthServer.dependents),
            engines: engines)
    }

    /// A tenant with all its rows.
    func insertTenant(_ id: Int64) async throws {
        let chain = try AuditHead.insertion(tenant: id, dependencies.pen)
        try await database.transaction { transaction in
            transaction.write(
                "INSERT INTO tenants (tenant_id, name, created_at) VALUES (\(id), 'T', \(Self.start))")
            transaction.write("INSERT INTO tenant_feeds (tenant_id) VALUES (\(id))")
            transaction.write("INSERT INTO tenant_pools (tenant_id, email_per_day) VALUES (\(id), 1000)")
            transaction.write(chain)
        }
    }
}
