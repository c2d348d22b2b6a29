import Foundation
import Postgres
import TestSupport
import Testing

@Suite("Transactions", .timeLimit(.minutes(2)))
struct TransactionTests {
    private func withTable(_ body: (Database) async throws -> Void) async throws {
        try await TestDatabase.with { test in
            try await test.connected { database in
                _ = try await database.write(
                    "CREATE TABLE t (a int CONSTRAINT once UNIQUE DEFERRABLE INITIALLY DEFERRED)")
                try await body(database)
            }
        }
    }

    @Test("two round trips: queries go first, deferred writes go with COMMIT")
    func twoRoundTrips() async throws {
        try await withTable { database in
            let read: Int = try await database.transaction { transaction in
                let rows = try transaction.query(all: ["SELECT 1 AS x", "SELECT 2 AS x"])
                transaction.write("INSERT INTO t VALUES (7)")
                transaction.write("INSERT INTO t VALUES (8)")
                return try rows[0][0]["x"] + rows[1][0]["x"]
            }
            #expect(read == 3)
            let left = try await database.read("SELECT a FROM t")
            #expect(left.count == 2)
        }
    }

    /// Rows that are written last; negative numbers are refused.
    private struct Numbers: ClosingWrites {
        struct Negative: Error {}
        static let rank = 1
        var numbers: [Int] = []

        func statements() throws -> [SQL] {
            guard numbers.allSatisfy({ $0 >= 0 }) else { throw Negative() }
            return numbers.map { "INSERT INTO t VALUES (\($0))" }
        }
    }

    /// Written before `Numbers`.
    private struct Zero: ClosingWrites {
        static let rank = 0

        func statements() -> [SQL] { ["INSERT INTO t VALUES (0)"] }
    }

    @Test("closing writes go last, by rank and in the round trip of COMMIT")
    func collected() async throws {
        try await withTable { database in
            try await database.transaction { transaction in
                transaction.collect { (numbers: inout Numbers) in numbers.numbers.append(2) }
                transaction.collect { (_: inout Zero) in }
                transaction.collect { (numbers: inout Numbers) in numbers.numbers.append(3) }
                _ = try transaction.query("INSERT INTO t VALUES (7)")
                #expect(try transaction.query("SELECT a FROM t").count == 1)
                transaction.write("INSERT INTO t VALUES (8)")
            }
            // Rows are stored in the order of insertion.
            let rows: [Int] = try await database.read("SELECT a FROM t ORDER BY ctid").map { try $0["a"] }
            #expect(rows == [7, 8, 0, 2, 3])
        }
    }

    @Test("a retried body collects again, and a body that only collects is also a transaction")
    func collectedAgain() async throws {
        try await withTable { database in
            let runs = Counter()
            try await database.transaction { transaction in
                transaction.collect { (numbers: inout Numbers) in numbers.numbers.append(5) }
                if runs.increment() == 1 { _ = try transaction.query("DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$") }
            }
            #expect(runs.value == 2)
            let rows: [Int] = try await database.read("SELECT a FROM t").map { try $0["a"] }
            #expect(rows == [5])
        }
    }

    @Test("a closing write that throws fails the transaction with its error")
    func collectedRefusal() async throws {
        try await withTable { database in
            for hasBegun in [false, true] {
                await #expect(throws: Numbers.Negative.self) {
                    try await database.transaction { transaction in
                        if hasBegun { _ = try transaction.query("INSERT INTO t VALUES (1)") }
                        transaction.write("INSERT INTO t VALUES (2)")
                        transaction.collect { (numbers: inout Numbers) in numbers.numbers.append(-1) }
                    }
                }
            }
            let left = try await database.read("SELECT a FROM t")
            #expect(left.isEmpty)
        }
    }

    @Test("a deferred constraint fails at COMMIT, and nothing is kept")
    func deferred() async throws {
        try await withTable { database in
            await #expect { try await database.transaction { $0.write("INSERT INTO t VALUES (1), (1)") } } throws: {
                ($0 as? ServerError)?.constraint == "once"
            }
            await #expect { try await database.write("INSERT INTO t VALUES (1), (1)") } throws: {
                ($0 as? ServerError)?.constraint == "once"
            }
            let left = try await database.read("SELECT a FROM t")
            #expect(left.isEmpty)
        }
    }

    @Test("an error that the body swallows does not commit")
    func swallowed() async throws {
        try await withTable { database in
            await #expect(throws: ServerError.self) {
                try await database.transaction { transaction in
                    _ = try transaction.query("INSERT INTO t VALUES (1)")
                    _ = try? transaction.query("SELECT 1 / 0")
                }
            }
            let left = try await database.read("SELECT a FROM t")
            #expect(left.isEmpty)
        }
    }

    @Test("a body that throws changes nothing, and its error is passed on")
    func throwing() async throws {
        struct Mine: Error {}
        try await withTable { database in
            await #expect(throws: Mine.self) {
                try await database.transaction { transaction in
                    _ = try transaction.query("INSERT INTO t VALUES (1)")
                    throw Mine()
                }
            }
            let left = try await database.read("SELECT a FROM t")
            #expect(left.isEmpty)
        }
    }

    @Test("a deadlock is retried until it succeeds")
    func deadlock() async throws {
        try await TestDatabase.with { test in
            try await test.connected({ $0.queueDeadline = .seconds(60) }) { database in
                _ = try await database.write("CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL DEFAULT 0)")
                _ = try await database.write("INSERT INTO t (id) VALUES (1), (2)")
                try await withThrowingTaskGroup { group in
                    for round in 0..<3 {
                        group.addTask {
                            let first = round.isMultiple(of: 2) ? 1 : 2
                            try await database.transaction { transaction in
                                _ = try transaction.query("UPDATE t SET n = n + 1 WHERE id = \(first)")
                                _ = try transaction.query("UPDATE t SET n = n + 1 WHERE id = \(3 - first)")
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                let left = try await database.read("SELECT n FROM t WHERE n = 3")
                #expect(left.count == 2)
            }
        }
    }

    @Test("a serialization failure is retried; if it still fails, nothing is changed")
    func serialization() async throws {
        try await TestDatabase.with { test in
            try await test.connected({
                $0.uri +=
                    ($0.uri.contains("?") ? "&" : "?") + "options=-c%20default_transaction_isolation%3Dserializable"
                $0.queueDeadline = .seconds(60)
            }) { database in
                _ = try await database.write("CREATE TABLE t (id int PRIMARY KEY, n bigint NOT NULL)")
                _ = try await database.write("INSERT INTO t VALUES (1, 0)")
                let runs = Counter()
                let succeeded = await withTaskGroup(of: Int.self) { group in
                    for _ in 0..<100 {
                        group.addTask {
                            do {
                                try await database.transaction { transaction in
                                    runs.increment()
                                    let n: Int64 = try transaction.query("SELECT n FROM t WHERE id = 1")[0]["n"]
                                    transaction.write("UPDATE t SET n = \(n + 1) WHERE id = 1")
                                }
                                return 1
                            } catch {
                                #expect((error as? ServerError)?.sqlState == "40001")
                                return 0
                            }
                        }
                    }
                    return await group.reduce(0, +)
                }
                let n: Int = try #require(try await database.read("SELECT n FROM t").scalar("n"))
                #expect(n == succeeded)
                #expect(runs.value > 100, "there was nothing to retry")
            }
        }
    }

    @Test("a deadlock is retried even if the body turns it into an error of its own")
    func hiddenDeadlock() async throws {
        struct Mine: Error {}
        try await TestDatabase.with { test in
            try await test.connected { database in
                let runs = Counter()
                let answer: Int = try await database.transaction { transaction in
                    let run = runs.increment()
                    do {
                        if run == 1 { _ = try transaction.query("DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$") }
                    } catch { throw Mine() }
                    return run
                }
                #expect(answer == 2)
            }
        }
    }
}
