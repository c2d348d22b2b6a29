import Foundation
import Postgres
import TestSupport
import Testing

@Suite("The queue of requests", .timeLimit(.minutes(2)))
struct QueueTests {
    /// A client with one thread, which is blocked while `body` runs.
    private func withHeldThread(
        _ adjust: (inout DatabaseSettings) -> Void = { _ in }, _ body: (Database, Gate) async throws -> Void
    ) async throws {
        try await TestDatabase.with { test in
            try await test.connected({
                $0.connections = 1
                $0.queueDeadline = .seconds(60)
                adjust(&$0)
            }) { database in
                _ = try await database.write("CREATE TABLE t (a int)")
                let gate = Gate()
                async let held: Void = database.transaction { transaction in
                    _ = try transaction.query("SELECT 1")
                    gate.wait()
                }
                await gate.isReached()
                let result: Result<Void, any Error>
                do { result = .success(try await body(database, gate)) } catch { result = .failure(error) }
                gate.open()
                try await held
                try result.get()
            }
        }
    }

    private func areQueued(_ count: Int, in database: Database) async {
        while database.statistics.queued < count { await Task.yield() }
    }

    @Test("requests queue up to the limit, the next is refused at once")
    func bound() async throws {
        try await withHeldThread({ $0.queueLimit = 3 }) { database, gate in
            try await withThrowingTaskGroup { group in
                for _ in 0..<3 { group.addTask { try await database.read("SELECT 1 AS x").count } }
                await areQueued(3, in: database)
                await #expect(throws: DatabaseError.queueFull) { try await database.read("SELECT 1 AS x") }
                gate.open()
                let count = try await group.reduce(0, +)
                #expect(count == 3)
            }
        }
    }

    @Test("a request that waits too long gets an error, and the others are served")
    func deadline() async throws {
        try await withHeldThread({ $0.queueDeadline = .seconds(3) }) { database, gate in
            let write = Task { try await database.write("INSERT INTO t VALUES (1)").affected }
            let command = Task { try await database.transaction { $0.write("INSERT INTO t VALUES (1)") } }
            await #expect(throws: DatabaseError.queuedTooLong) { try await write.value }
            await #expect(throws: DatabaseError.queuedTooLong) { try await command.value }
            gate.open()
            let left = try await database.read("SELECT a FROM t")
            #expect(left.isEmpty)
        }
    }

    @Test("a request that is cancelled while it waits is not run")
    func cancellation() async throws {
        try await withHeldThread { database, gate in
            let write = Task { try await database.write("INSERT INTO t VALUES (1)").affected }
            let command = Task { try await database.transaction { $0.write("INSERT INTO t VALUES (2)") } }
            await areQueued(2, in: database)
            write.cancel()
            command.cancel()
            await #expect(throws: CancellationError.self) { try await write.value }
            await #expect(throws: CancellationError.self) { try await command.value }
            gate.open()
            let left = try await database.read("SELECT a FROM t")
            #expect(left.isEmpty)
        }
    }

    @Test("a task that is already cancelled gets only a cancellation error")
    func cancelledBefore() async throws {
        try await withHeldThread { database, _ in
            let task = Task {
                while !Task.isCancelled { await Task.yield() }
                return try await database.write("INSERT INTO t VALUES (1)").affected
            }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }

    @Test("shutdown serves waiting requests and refuses new ones")
    func drain() async throws {
        try await TestDatabase.with { test in
            try await test.connected { observer in
                _ = try await observer.write("CREATE TABLE t (a int)")
                try await test.connected({ $0.connections = 1 }) { database in
                    let gate = Gate()
                    try await withThrowingTaskGroup { group in
                        group.addTask { try await database.transaction { _ in gate.wait() } }
                        await gate.isReached()
                        for number in 0..<5 {
                            group.addTask { _ = try await database.write("INSERT INTO t VALUES (\(number))") }
                        }
                        await areQueued(5, in: database)
                        group.addTask { await database.shutdown(drain: .seconds(30)) }
                        gate.open()
                        try await group.waitForAll()
                    }
                    await #expect(throws: DatabaseError.shuttingDown) { try await database.read("SELECT 1 AS x") }
                }
                let left = try await observer.read("SELECT a FROM t")
                #expect(left.count == 5)
            }
        }
    }

    @Test("shutdown does not wait beyond its limit")
    func lateDrain() async throws {
        try await Backends.with({ $0.connections = 2 }) { database, backends in
            let began = ContinuousClock.now
            await withTaskGroup { group in
                for _ in 0..<12 {
                    group.addTask {
                        await #expect(throws: DatabaseError.self) { try await database.read("SELECT pg_sleep(60)") }
                    }
                }
                do { try await backends.areActive(2) } catch { Issue.record(error) }
                await database.shutdown(drain: .milliseconds(100))
            }
            #expect(ContinuousClock.now - began < .seconds(20))
        }
    }

    @Test("without a server there is a clear error with the reason in time, and the client can shut down")
    func noServer() async throws {
        let (reasons, reason) = AsyncStream<String>.makeStream()
        var settings = DatabaseSettings(uri: "postgresql://nobody:very-secret@127.0.0.1:1/nothing")
        settings.queueDeadline = .milliseconds(200)
        settings.onConnectionFailure = { reason.yield($0) }
        let database = try Database(settings)
        await #expect(throws: DatabaseError.queuedTooLong) { try await database.read("SELECT 1") }
        for await text in reasons {
            #expect(text.contains("127.0.0.1") && !text.contains("very-secret"))
            break
        }
        #expect(database.statistics.connected == 0)
        await database.shutdown(drain: .seconds(5))
    }

    @Test("the error for a malformed URI does not quote it")
    func malformedURI() {
        #expect { try Database(DatabaseSettings(uri: "postgresql://user:very-secret@host:port/x?y")) } throws: {
            $0 as? DatabaseError == .malformedURI && !"\($0)".contains("very-secret")
        }
    }

    @Test("transactions that wait for one row leave a thread for reads")
    func hotRow() async throws {
        try await TestDatabase.with { test in
            try await test.connected({ $0.connections = 2 }) { database in
                let gate = Gate()
                async let commands: Void = withThrowingTaskGroup { group in
                    for _ in 0..<8 { group.addTask { try await database.transaction { _ in gate.wait() } } }
                    try await group.waitForAll()
                }
                await gate.isReached()
                let reads = Task {
                    for number in 0..<20 {
                        let rows = try await database.read("SELECT \(number) AS x")
                        #expect(try rows.scalar("x") == number)
                    }
                }
                let result = await reads.result
                gate.open()
                try await commands
                try result.get()
            }
        }
    }

    @Test("requests are counted")
    func statistics() async throws {
        try await TestDatabase.with { test in
            try await test.connected({ $0.connections = 1 }) { database in
                for _ in 0..<3 { _ = try await database.read("SELECT 1") }
                let statistics = database.statistics
                #expect(statistics.waits == 3 && statistics.totalWait > .zero)
                #expect(statistics.connected == 1 && statistics.connects == 1 && statistics.queued == 0)
            }
        }
    }
}
