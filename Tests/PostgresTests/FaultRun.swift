import Foundation
import Glibc
import Postgres
import TestSupport

/// Many tasks that read, write and run transactions, while their connections are killed or made deaf.
struct FaultRun {
    let database: Database
    let backends: Backends
    let sockets: FaultSockets
    let restart: FaultRestart
    let ledger = FaultLedger()

    private struct Deliberate: Error {}

    static let counters = 8

    func prepare() async throws {
        // No unique key, so that a write that is done twice shows up.
        _ = try await database.write("CREATE TABLE effects (request bigint NOT NULL, counter bigint, value bigint)")
        _ = try await database.write("CREATE TABLE counters (id bigint PRIMARY KEY, value bigint NOT NULL DEFAULT 0)")
        for id in 1...Self.counters { _ = try await database.write("INSERT INTO counters (id) VALUES (\(id))") }
    }

    /// One task: sends requests until the time is up, with a fault after every `faultEvery` results of all tasks.
    func work(for duration: Duration, faultEvery: Int) async throws {
        let began = ContinuousClock.now
        while ContinuousClock.now < began + duration {
            let dice = Int.random(in: 0..<100)
            switch dice {
            case 0..<50: await read()
            case 50..<65: await ask("write") { _, id in try await write(id) }
            case 65..<95: await ask("command") { watch, id in try await command(id, watch) }
            case 95..<97: await ask("deadlock") { watch, id in try await lockTwo(id, watch) }
            case 97: await ask("thrown") { watch, id in try await thrown(id, watch) }
            default: await cancelled()
            }
            if ledger.answered % faultEvery == 0 { await harm() }
            if ContinuousClock.now > began + duration / 2 { await restart.runOnce() }
        }
    }

    /// Kills one backend or makes one socket deaf.
    private func harm() async {
        if Bool.random() {
            sockets.deafenOne()
        } else {
            // While the server is down there is no backend to kill.
            _ = try? await backends.administrator.read(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE application_name = \(backends.name) ORDER BY random() LIMIT 1
                """)
        }
    }

    // MARK: Requests

    private func read() async {
        let watch = FaultStopwatch("read")
        do {
            let number = Int64.random(in: 0..<1_000_000)
            let rows = try await database.read("SELECT \(number) AS x")
            let returned: Int64 = try rows[0]["x"]
            if returned != number { throw WrongRow() }
            ledger.record(.acknowledged, of: nil, error: nil, timing: watch.timing(restart))
        } catch {
            ledger.record(.refused, of: nil, error: error, timing: watch.timing(restart))
        }
    }

    private func ask(_ kind: String, _ body: (FaultStopwatch, Int64) async throws -> Void) async {
        let watch = FaultStopwatch(kind)
        let id = ledger.nextID()
        do {
            try await body(watch, id)
            ledger.record(.acknowledged, of: id, error: nil, timing: watch.timing(restart))
        } catch DatabaseError.outcomeUnknown {
            ledger.record(.unknown, of: id, error: DatabaseError.outcomeUnknown, timing: watch.timing(restart))
        } catch is Deliberate {
            ledger.record(.refused, of: id, error: nil, timing: watch.timing(restart))
        } catch {
            ledger.record(.refused, of: id, error: error, timing: watch.timing(restart))
        }
    }

    private func write(_ id: Int64) async throws {
        _ = try await database.write("INSERT INTO effects (request) VALUES (\(id))")
    }

    /// Locks a counter, decides, and writes counter and effect in the second round trip.
    private func command(_ id: Int64, _ watch: FaultStopwatch) async throws {
        let counter = Int.random(in: 1...Self.counters)
        try await database.transaction { transaction in
            watch.bodyBegins()
            let value = try Self.lock(counter, &transaction)
            watch.isLocked()
            Self.settle(counter, value + 1, id, &transaction)
        }
    }

    /// Locks two counters in either order: some of these deadlock and are retried.
    private func lockTwo(_ id: Int64, _ watch: FaultStopwatch) async throws {
        let first = Int.random(in: 1...Self.counters)
        let second = first % Self.counters + 1
        let order = Bool.random() ? [first, second] : [second, first]
        try await database.transaction { transaction in
            watch.bodyBegins()
            let value = try Self.lock(order[0], &transaction)
            _ = try Self.lock(order[1], &transaction)
            watch.isLocked()
            Self.settle(order[0], value + 1, id, &transaction)
        }
    }

    private func thrown(_ id: Int64, _ watch: FaultStopwatch) async throws {
        try await database.transaction { transaction in
            watch.bodyBegins()
            _ = try transaction.query("INSERT INTO effects (request) VALUES (\(id))")
            throw Deliberate()
        }
    }

    /// Cancelled now or a little later, when a thread may or may not have taken it.
    private func cancelled() async {
        let yields = Int.random(in: 0...50)
        await ask("cancelled") { watch, id in
            let task = Task { try await write(id) }
            for _ in 0..<yields { await Task.yield() }
            task.cancel()
            do { try await task.value } catch is CancellationError { throw Deliberate() }
        }
    }

    private static func lock(_ counter: Int, _ transaction: inout Transaction) throws -> Int64 {
        try transaction.query("SELECT value FROM counters WHERE id = \(counter) FOR UPDATE")[0]["value"]
    }

    private static func settle(_ counter: Int, _ value: Int64, _ id: Int64, _ transaction: inout Transaction) {
        transaction.write(
            """
            WITH counted AS (UPDATE counters SET value = \(value) WHERE id = \(counter))
            INSERT INTO effects (request, counter, value) VALUES (\(id), \(counter), \(value))
            """)
    }

    struct WrongRow: Error {}
}
