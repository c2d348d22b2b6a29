import Foundation
import Glibc
import Postgres
import Synchronization
import TestSupport
import Testing

/// Requests whose connection dies.
@Suite("Dying connections", .timeLimit(.minutes(2)))
struct ConnectionLossTests {
    /// The socket of the newest connection.
    final class Socket: Sendable {
        private let descriptor = Atomic<Int32>(-1)
        func set(_ value: Int32) { descriptor.store(value, ordering: .releasing) }
        /// The client receives nothing more, but the server still receives from it, and commits.
        func deafen() { shutdown(descriptor.load(ordering: .acquiring), Int32(SHUT_RD)) }
    }

    private func count(_ database: Database) async throws -> Int {
        try await database.read("SELECT count(*) AS count FROM t").scalar("count") ?? -1
    }

    @Test("a connection that died while idle does not fail a write")
    func idle() async throws {
        try await Backends.with({ $0.connections = 2 }) { database, backends in
            _ = try await database.write("CREATE TABLE t (a int)")
            for round in 0..<5 {
                try await backends.terminate()
                try await withThrowingTaskGroup { group in
                    for number in 0..<4 {
                        group.addTask { _ = try await database.write("INSERT INTO t VALUES (\(round * 4 + number))") }
                    }
                    try await group.waitForAll()
                }
            }
            let count = try await count(database)
            #expect(count == 20)
        }
    }

    @Test("a read in flight is retried once, transparently")
    func read() async throws {
        try await Backends.with({ $0.connections = 1 }) { database, backends in
            let rows = Task { try await database.read("SELECT 7 AS x, pg_sleep(1)") }
            try await backends.areActive(1)
            try await backends.terminate()
            #expect(try await rows.value.scalar("x") == 7)
            #expect(database.statistics.connects == 2)
        }
    }

    @Test("a read whose retry loses its connection too fails")
    func readTwice() async throws {
        try await Backends.with({ $0.connections = 1 }) { database, backends in
            let rows = Task { try await database.read("SELECT pg_sleep(30)") }
            for _ in 0..<2 {
                try await backends.areActive(1)
                try await backends.terminate()
            }
            await #expect(throws: DatabaseError.connectionLost) { try await rows.value }
        }
    }

    @Test("a write in flight has an unknown outcome and is not retried")
    func write() async throws {
        try await Backends.with({ $0.connections = 1 }) { database, backends in
            _ = try await database.write("CREATE TABLE t (a int)")
            let rows = Task { try await database.write("INSERT INTO t SELECT 1 FROM pg_sleep(30)") }
            try await backends.areActive(1)
            try await backends.terminate()
            await #expect(throws: DatabaseError.outcomeUnknown) { try await rows.value }
            let count = try await count(database)
            #expect(count == 0)
        }
    }

    @Test("a transaction that loses its connection before COMMIT is retried, and takes effect once")
    func beforeCommit() async throws {
        let socket = Socket()
        try await Backends.with({
            $0.connections = 1
            $0.onConnect = { socket.set($0) }
        }) { database, _ in
            _ = try await database.write("CREATE TABLE t (a int)")
            let runs = Counter()
            try await database.transaction { transaction in
                _ = try transaction.query("INSERT INTO t VALUES (1)")
                if runs.increment() == 1 { socket.deafen() }
                _ = try transaction.query("SELECT 1")
            }
            #expect(runs.value == 2)
            let count = try await count(database)
            #expect(count == 1)
        }
    }

    @Test("a transaction whose COMMIT is not answered has an unknown outcome and is not retried")
    func atCommit() async throws {
        let socket = Socket()
        try await Backends.with({
            $0.connections = 1
            $0.onConnect = { socket.set($0) }
        }) { database, backends in
            _ = try await database.write("CREATE TABLE t (a int)")
            let runs = Counter()
            await #expect(throws: DatabaseError.outcomeUnknown) {
                try await database.transaction { transaction in
                    runs.increment()
                    _ = try transaction.query("INSERT INTO t VALUES (1)")
                    socket.deafen()
                }
            }
            // The server commits nevertheless, perhaps a moment later.
            while try await count(database) == 0 { await Task.yield() }
            let count = try await count(database)
            #expect(count == 1 && runs.value == 1)
        }
    }

    @Test("a statement without an answer is cut off at the run limit")
    func runLimit() async throws {
        try await Backends.with({
            $0.connections = 1
            $0.runLimit = .seconds(1)
            $0.queueDeadline = .seconds(30)
        }) { database, _ in
            let began = ContinuousClock.now
            await #expect(throws: DatabaseError.outcomeUnknown) { try await database.write("SELECT pg_sleep(60)") }
            await #expect(throws: DatabaseError.connectionLost) {
                try await database.transaction { _ = try $0.query("SELECT pg_sleep(60)") }
            }
            let rows = try await database.read("SELECT 1 AS x")
            #expect(rows.count == 1)
            #expect(ContinuousClock.now - began < .seconds(20))
        }
    }

    @Test("a dead first host is skipped")
    func severalHosts() async throws {
        try await TestDatabase.with { test in
            let uri = try #require(SeveralHosts.uri(deadHostBefore: test.uri))
            let database = try Database(DatabaseSettings(uri: uri))
            let rows = try await database.read("SELECT 1 AS x")
            #expect(rows.count == 1)
            await database.shutdown(drain: .seconds(5))
        }
    }
}
