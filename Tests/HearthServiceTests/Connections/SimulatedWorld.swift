import Foundation
import HearthTesting
import Logging
import MicrosoftSimulator
import Postgres
import Synchronization
import TestSupport

@testable import HearthCore
@testable import HearthMailboxes

/// The worker that maintains grants, with a real database and the Microsoft simulator behind a socket, all on one clock.
struct SimulatedWorld: Sendable {
    static let clientID = TestService.clientID
    static let start = TestService.start

    let clock: ManualClock
    let microsoft: MicrosoftSimulator
    let database: Database
    /// The encryption keys in use.
    let registry: KeyRegistry
    let work: WorkSignals
    /// Raised whenever the loop has nothing to do but wait.
    let rests: Signal
    /// The partitions of the events, created before the clock reaches them.
    let partitions: Partitions
    /// Warnings logged by the worker.
    let warnings: Warnings
    private let process: TendingProcess

    /// The running loop.
    var loop: LeasedWorker<MaintainGrants> { process.worker }
    var worker: MaintainGrants { loop.work }

    /// Stops the process and starts another with these keys.
    func restart(keys: String) async throws {
        try await process.stop()
        try await process.start(keys: keys)
    }

    static func run(_ body: @escaping @Sendable (SimulatedWorld) async throws -> Void) async throws {
        try await TestService.with({ $0.keys = Keys.first }) { service in
            service.microsoft.behaviours.idTokenOnRefresh = false
            try await tend(service, body)
        }
    }

    /// Runs the worker alongside `body`.
    private static func tend(
        _ service: TestService, _ body: @escaping @Sendable (SimulatedWorld) async throws -> Void
    ) async throws {
        let (clock, database) = (service.clock, service.database)
        let logger = Logger(label: "test", factory: { _ in service.log })
        let work = WorkSignals(database)
        let registry = KeyRegistry(database: database)
        let rests = Signal()
        let random = Mutex(SeededRandom(seed: 42))
        let process = TendingProcess(registry: registry, now: { clock.now }) { ring in
            let connections = TestService.connections(
                service.settings, database, service.engines, keyRing: ring, work: work, clock: clock, logger: logger)
            var worker = LeasedWorker(
                MaintainGrants(connections, random: { random.withLock { Double.random(in: 0..<1, using: &$0) } }),
                signal: work.grants, connections.dependencies)
            worker.sleep = { duration in
                if duration == LeasedWorker<MaintainGrants>.interval { rests.raise() }
                try? await Task.sleep(for: duration)
            }
            return worker
        }
        let world = SimulatedWorld(
            clock: clock, microsoft: service.microsoft, database: database, registry: registry, work: work,
            rests: rests,
            partitions: Partitions(database: database, now: { clock.now }), warnings: service.log, process: process)
        try await process.start(keys: Keys.first)
        let result: Result<Void, any Error>
        do { result = .success(try await body(world)) } catch { result = .failure(error) }
        try await process.stop()
        try result.get()
    }
}
