import Configuration
import Foundation
import HearthRules
import Hummingbird
import HummingbirdTesting
import Logging
import MicrosoftSimulator
import Outbound
import Postgres
import Synchronization
import TestSupport

@testable import HearthCore
@testable import HearthMailboxes
@testable import HearthMicrosoft
@testable import HearthService

/// The worker that tends grants, with a real database and the Microsoft simulator behind a socket, all on one clock.
struct SimulatedWorld: Sendable {
    static let clientID = "5d1f3a50-0000-4000-8000-0000000e2e00"
    static let start = Date(timeIntervalSince1970: 1_800_000_000)

    let clock: ManualClock
    let microsoft: MicrosoftSimulator
    let database: Database
    /// The encryption keys in use.
    let registry: KeyRegistry
    let work: WorkHints
    /// The partitions of the events, created before the clock reaches them.
    let partitions: Partitions
    /// Warnings logged by the worker.
    let warnings: Warnings
    private let process: TendingProcess

    /// The running loop.
    var loop: LeasedWorker<TendGrants> { process.worker }
    var worker: TendGrants { loop.work }

    /// Stops the process and starts another with these keys.
    func restart(keys: String) async throws {
        try await process.stop()
        try await process.start(keys: keys)
    }

    static func run(_ body: @escaping @Sendable (SimulatedWorld) async throws -> Void) async throws {
        let clock = ManualClock(start)
        let microsoft = try MicrosoftSimulator(
            settings: SimulatorSettings(
                applications: [.init(clientID: clientID, secret: "secret", redirectURIs: [])], seed: 7,
                now: { clock.now }))
        microsoft.behaviours.idTokenOnRefresh = false
        try await TestDatabase.with { test in
            try await microsoft.buildApplication().test(.live) { client in
                let settings = try settings(database: test.uri, port: client.port ?? 0)
                _ = try await Migrator(
                    directory: settings.shareDirectory + "/migrations", settings: DatabaseSettings(uri: test.uri)
                ).apply()
                try await test.connected({ $0.connections = 4 }) { database in
                    try await tend(settings, clock, microsoft, database, body)
                }
            }
        }
    }

    private static func settings(database: String, port: Int) throws -> Settings {
        try Settings(
            ConfigReader(
                provider: InMemoryProvider(values: [
                    "hearth.development": "true",
                    "hearth.database.url": .init(stringLiteral: database),
                    "hearth.public.url": "http://127.0.0.1:1",
                    "hearth.encryption.keys": .init(stringLiteral: Keys.first),
                    "hearth.microsoft.client.id": .init(stringLiteral: clientID),
                    "hearth.microsoft.client.secret": "secret",
                    "hearth.microsoft.authority": .init(stringLiteral: "http://127.0.0.1:\(port)"),
                    "hearth.graph.url": .init(stringLiteral: "http://127.0.0.1:\(port)/v1.0"),
                    "hearth.share.dir": .init(
                        stringLiteral: ProcessInfo.processInfo.environment["HEARTH_SHARE_DIR"] ?? "."),
                ])))
    }

    /// Runs the worker alongside `body`.
    private static func tend(
        _ settings: Settings, _ clock: ManualClock, _ microsoft: MicrosoftSimulator, _ database: Database,
        _ body: @escaping @Sendable (SimulatedWorld) async throws -> Void
    ) async throws {
        let engines = try Engines(settings)
        let meters = Meters()
        let warnings = Warnings()
        let logger = Logger(label: "test", factory: { _ in warnings })
        let now: @Sendable () -> Date = { clock.now }
        let work = WorkHints(database)
        let registry = KeyRegistry(database: database)
        let random = Mutex(SeededRandom(seed: 42))
        let process = TendingProcess(registry: registry, now: now) { ring in
            let dependencies = Dependencies(
                settings: settings, database: database, workDatabase: database, now: now, ids: IDSource(database),
                randomBytes: SecureRandom.bytes, keyRing: ring, work: work, meters: meters, logger: logger,
                quarantine: Quarantine(), reached: { _ in })
            let connections = Connections(
                dependencies: dependencies,
                microsoft: MicrosoftClient(
                    engine: engines.microsoft, endpoints: settings.microsoft, allowsPlainHTTP: true),
                breaker: ApplicationBreaker(now: now, meters: meters, logger: logger),
                dependents: HearthServer.dependents)
            return LeasedWorker(
                TendGrants(connections, random: { random.withLock { Double.random(in: 0..<1, using: &$0) } }),
                signal: work.grants, dependencies)
        }
        let world = SimulatedWorld(
            clock: clock, microsoft: microsoft, database: database, registry: registry, work: work,
            partitions: Partitions(database: database, now: now), warnings: warnings, process: process)
        try await process.start(keys: Keys.first)
        let result: Result<Void, any Error>
        do { result = .success(try await body(world)) } catch { result = .failure(error) }
        try await process.stop()
        await engines.shutdown()
        try result.get()
    }
}
