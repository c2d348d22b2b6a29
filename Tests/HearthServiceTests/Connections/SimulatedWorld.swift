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

@testable import HearthService

/// Time that goes on only when a test says so.
final class ManualClock: Sendable {
    private let date: Mutex<Date>

    init(_ start: Date) { date = Mutex(start) }

    var now: Date { date.withLock { $0 } }

    func move(to later: Date) { date.withLock { $0 = max($0, later) } }
}

/// The worker that tends grants, on a real database, against the simulated Microsoft behind a socket, all on one clock.
struct SimulatedWorld: Sendable {
    static let clientID = "5d1f3a50-0000-4000-8000-0000000e2e00"
    static let start = Date(timeIntervalSince1970: 1_800_000_000)

    let clock: ManualClock
    let microsoft: MicrosoftSimulator
    let database: Database
    let keyRing: KeyRing
    let worker: TendGrants
    let check: ConnectionCheck
    let work: WorkHints
    /// Of the events, made before the clock gets there.
    let partitions: Partitions
    /// What the worker complained of.
    let warnings: Warnings

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
                    "hearth.encryption.keys": "k:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
                    "hearth.microsoft.client.id": .init(stringLiteral: clientID),
                    "hearth.microsoft.client.secret": "secret",
                    "hearth.microsoft.authority": .init(stringLiteral: "http://127.0.0.1:\(port)"),
                    "hearth.graph.url": .init(stringLiteral: "http://127.0.0.1:\(port)/v1.0"),
                    "hearth.share.dir": .init(
                        stringLiteral: ProcessInfo.processInfo.environment["HEARTH_SHARE_DIR"] ?? "."),
                ])))
    }

    /// Runs the worker beside `body`.
    private static func tend(
        _ settings: Settings, _ clock: ManualClock, _ microsoft: MicrosoftSimulator, _ database: Database,
        _ body: @escaping @Sendable (SimulatedWorld) async throws -> Void
    ) async throws {
        let engines = try Engines(settings)
        let meters = Meters()
        let warnings = Warnings()
        let logger = Logger(label: "test", factory: { _ in warnings })
        let now: @Sendable () -> Date = { clock.now }
        let dependencies = Dependencies(
            settings: settings, database: database, workDatabase: database, now: now, ids: IDSource(database),
            randomBytes: SecureRandom.bytes, keyRing: settings.keyRing,
            microsoft: MicrosoftClient(engine: engines.microsoft, endpoints: settings.microsoft, allowsPlainHTTP: true),
            breaker: ApplicationBreaker(now: now, meters: meters, logger: logger), webhookEngine: engines.webhooks,
            work: WorkHints(database), meters: meters, logger: logger, quarantine: Quarantine(), reached: { _ in })
        let random = Mutex(SeededRandom(seed: 42))
        let worker = TendGrants(
            dependencies, random: { random.withLock { Double.random(in: 0..<1, using: &$0) } })
        let world = SimulatedWorld(
            clock: clock, microsoft: microsoft, database: database, keyRing: settings.keyRing, worker: worker,
            check: ConnectionCheck(dependencies, database: database), work: dependencies.work,
            partitions: Partitions(database: database, now: now, logger: logger), warnings: warnings)
        let running = Task { try await worker.run() }
        let result: Result<Void, any Error>
        do { result = .success(try await body(world)) } catch { result = .failure(error) }
        running.cancel()
        try await running.value
        await engines.shutdown()
        try result.get()
    }
}

/// Time.
extension SimulatedWorld {
    /// Lets time go on to `end`, never while something is under way.
    ///
    /// - Parameter step: what is due within it is done together; in seconds.
    func live(until end: Date, step: TimeInterval) async throws {
        try await partitions.ensure()
        while true {
            try await settle()
            guard clock.now < end else { return }
            let next: Date? = try await database.read(
                "SELECT min(due_at) AS next FROM grants WHERE state = 'live' AND due_at > \(clock.now)"
            ).first?["next"]
            // An application that is left alone is tried again after a while that no table knows.
            let pause: TimeInterval = worker.breaker.state(of: nil) == .closed ? .infinity : 10
            let wanted = min(next.map { $0.addingTimeInterval(step) } ?? end, clock.now.addingTimeInterval(pause), end)
            clock.move(to: wanted)
        }
    }

    /// Returns when nothing that may be done now is left.
    func settle() async throws {
        while true {
            work.grantTended()
            // In this order: what is claimed holds a slot before it stops being due, and is due again before it lets go.
            if try await !hasWork(), worker.slots.free == GrantSlots.inAll, try await !hasWork() { return }
            try await Task.sleep(for: .milliseconds(3))
        }
    }

    private func hasWork() async throws -> Bool {
        // Claimed grants are due again in two minutes; until then they hold a slot.
        try await !worker.due.find(at: clock.now, limit: 1, without: worker.unavailable(at: clock.now)).isEmpty
    }
}

/// Keeps what is logged as a warning.
struct Warnings: LogHandler {
    private final class Lines: Sendable {
        let texts = Mutex<[String]>([])
    }

    private let lines = Lines()
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.warning

    var texts: [String] { lines.texts.withLock { $0 } }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        guard event.level == .warning else { return }
        lines.texts.withLock { $0.append("\(event.message) \(event.metadata ?? [:])") }
    }
}
