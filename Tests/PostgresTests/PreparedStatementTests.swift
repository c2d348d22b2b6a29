import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Postgres

@Suite("Prepared statements", .timeLimit(.minutes(2)))
struct PreparedStatementTests {
    /// The prepared texts, in order.
    final class Recorder: Sendable {
        private let texts = Mutex<[String]>([])
        var all: [String] { texts.withLock { $0 } }
        func record(_ text: String) { texts.withLock { $0.append(text) } }
    }

    private func with(
        pooler: DatabaseSettings.Pooler = .none, _ body: (Database, Recorder) async throws -> Void
    ) async throws {
        let recorder = Recorder()
        try await TestDatabase.with { test in
            try await test.connected({
                $0.connections = 1
                $0.pooler = pooler
                $0.onStatement = { recorder.record($0) }
            }) { try await body($0, recorder) }
        }
    }

    @Test("a text is prepared once per connection")
    func once() async throws {
        try await with { database, recorder in
            for number in 0..<5 { _ = try await database.read("SELECT \(number) AS x") }
            try await database.transaction { _ = try $0.query("SELECT \(5) AS x") }
            #expect(recorder.all == ["SELECT $1 AS x", "BEGIN", "COMMIT"])
        }
    }

    @Test("a text with values of another type is prepared again, not misread")
    func types() async throws {
        try await with { database, _ in
            for _ in 0..<2 {
                let number = try await database.read("SELECT \(7) AS x")
                let text = try await database.read("SELECT \("seven") AS x")
                let bytes = try await database.read("SELECT \([UInt8(7)]) AS x")
                #expect(try number[0]["x"] == 7)
                #expect(try text[0]["x"] == "seven")
                #expect(try bytes[0]["x"] == [UInt8(7)])
            }
        }
    }

    @Test("a statement that cannot be prepared affects neither later attempts nor other statements")
    func failedPreparation() async throws {
        try await with { database, _ in
            for _ in 0..<3 {
                _ = try await database.read("SELECT 1 AS a")
                await #expect { try await database.read("SELECT x FROM t") } throws: {
                    ($0 as? ServerError)?.sqlState == "42P01"
                }
                await #expect(throws: ServerError.self) {
                    try await database.transaction {
                        _ = try $0.query(all: ["SELECT x FROM t", "SELECT 2 AS b", "SELECT 3 AS c"])
                    }
                }
                #expect(try await database.read("SELECT 2 AS b").scalar("b") == 2)
                #expect(try await database.read("SELECT 4 AS d").scalar("d") == 4)
            }
            _ = try await database.write("CREATE TABLE t (x int)")
            let rows = try await database.read("SELECT x FROM t")
            #expect(rows.isEmpty)
            #expect(database.statistics.connects == 1)
        }
    }

    private struct Session: Equatable {
        var process: Int
        var named: Int
    }

    private func session(_ database: Database) async throws -> Session {
        let row = try #require(
            try await database.read(
                "SELECT pg_backend_pid() AS process, (SELECT count(*) FROM pg_prepared_statements) AS named"
            ).first)
        return Session(process: try row["process"], named: try row["named"])
    }

    @Test("beyond the limit a connection drops the least recently used texts, and nothing else")
    func limit() async throws {
        try await with { database, recorder in
            let process = try await session(database).process
            for number in 0..<(Connection.preparedLimit * 2) {
                let rows = try await database.read("SELECT \(unescaped: "\(number)") AS x")
                #expect(try rows.scalar("x") == number)
                _ = try await database.read("SELECT 'often' AS x")
            }
            #expect(try await session(database) == Session(process: process, named: Connection.preparedLimit))
            #expect(database.statistics.connects == 1)
            #expect(recorder.all.count { $0 == "SELECT 'often' AS x" } == 1)
            // Dropped texts are prepared again.
            #expect(try await database.read("SELECT 0 AS x").scalar("x") == 0)
            #expect(recorder.all.count { $0 == "SELECT 0 AS x" } == 2)
        }
    }

    @Test("a transaction may exceed the limit of texts; the next one drops the excess")
    func limitInTransactions() async throws {
        try await with { database, _ in
            let process = try await session(database).process
            for _ in 0..<2 {
                try await database.transaction { transaction in
                    for number in 0..<(Connection.preparedLimit + 50) {
                        let rows = try transaction.query("SELECT \(unescaped: "\(number)") AS x")
                        #expect(try rows.scalar("x") == number)
                    }
                }
            }
            #expect(try await database.transaction { try $0.query("SELECT 1 AS x").scalar("x") } == 1)
            #expect(try await session(database) == Session(process: process, named: Connection.preparedLimit))
        }
    }

    @Test("a failed DEALLOCATE does not affect the next statement, nor one that must run alone")
    func limitAfterAnotherDeallocate() async throws {
        try await with { database, _ in
            for number in 0..<(Connection.preparedLimit - 1) {
                _ = try await database.read("SELECT \(unescaped: "\(number)") AS x")
            }
            _ = try await database.write("DEALLOCATE ALL")
            #expect(try await database.read("SELECT 'new' AS x").scalar("x") == "new")
            for number in 0..<Connection.preparedLimit {
                _ = try await database.read("SELECT \(unescaped: "\(number)") AS y")
            }
            // VACUUM cannot run together with other statements.
            _ = try await database.write("VACUUM pg_class")
            #expect(database.statistics.connects <= 2)
        }
    }

    @Test("statements dropped by a foreign DEALLOCATE are prepared again transparently")
    func deallocated() async throws {
        try await with { database, _ in
            for _ in 0..<3 {
                #expect(try await database.read("SELECT 1 AS x").scalar("x") == 1)
                _ = try await database.write("DEALLOCATE ALL")
                #expect(try await database.transaction { try $0.query("SELECT 1 AS x").scalar("x") } == 1)
                _ = try await database.write("DEALLOCATE ALL")
            }
        }
    }

    @Test("behind a pooler statements are not named, no options are sent, and times are still UTC")
    func pooler() async throws {
        try await with(pooler: .transaction) { database, _ in
            try await withThrowingTaskGroup { group in
                for number in 0..<20 {
                    group.addTask {
                        let rows = try await database.read("SELECT \(number) AS x")
                        #expect(try rows.scalar("x") == number)
                    }
                }
                try await group.waitForAll()
            }
            try await database.transaction { _ = try $0.query(all: ["SELECT \(1) AS x", "SELECT \("y") AS y"]) }
            let row = try #require(
                try await database.read(
                    """
                    SELECT (SELECT count(*) FROM pg_prepared_statements WHERE name <> '') AS named,
                        current_setting('TimeZone') AS zone, current_setting('statement_timeout') AS timeout
                    """
                ).first)
            #expect(try row["named"] == 0)
            #expect(try row["zone"] == "UTC")
            #expect(try row["timeout"] == "0")
        }
    }

    @Test("without a pooler the session has our timeouts and the options of the URI")
    func sessionSettings() async throws {
        try await TestDatabase.with { test in
            let separator = test.uri.contains("?") ? "&" : "?"
            var settings = DatabaseSettings(uri: test.uri + separator + "options=-c%20work_mem%3D5MB")
            settings.connections = 1
            settings.lockTimeout = .milliseconds(1_234)
            let database = try Database(settings)
            let row = try #require(
                try await database.read(
                    """
                    SELECT current_setting('TimeZone') AS zone, current_setting('lock_timeout') AS lock,
                        current_setting('work_mem') AS memory, current_setting('client_encoding') AS encoding,
                        current_setting('idle_in_transaction_session_timeout') AS idle
                    """
                ).first)
            #expect(try row["zone"] == "UTC")
            #expect(try row["lock"] == "1234ms")
            #expect(try row["memory"] == "5MB")
            #expect(try row["encoding"] == "UTF8")
            #expect(try row["idle"] == "10s")
            await database.shutdown(drain: .seconds(5))
        }
    }
}
