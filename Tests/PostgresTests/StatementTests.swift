import Foundation
import TestSupport
import Testing

@testable import Postgres

@Suite("Statements", .timeLimit(.minutes(2)))
struct StatementTests {
    @Test("every type makes the round trip, including NULL")
    func types() async throws {
        try await TestDatabase.with { test in
            try await test.connected { database in
                let date = Date(timeIntervalSince1970: 1_763_686_923.123456)
                let texts = ["", "NULL", "a,b", #"q"uo\te"#, "{brace}", "🦊 وب", " space "]
                let bytes: [UInt8] = [0, 1, 255, 92]
                let uuid = UUID()
                let none: String? = nil
                let rows = try await database.read(
                    """
                    SELECT \(Int64.min) AS small, \(Int64.max) AS large, \(true) AS yes, \(1.5) AS double, \("É\\'") AS text,
                        \(date) AS date, \(texts) AS texts, \([1, -2] as [Int64]) AS numbers, \(bytes) AS bytes, \(uuid) AS uuid,
                        \(none) AS nothing, \(JSONText(text: #"{"b": 1.0, "a":[] }"#)) AS json, \([String]()) AS empty
                    """)
                let row = try #require(rows.first)
                #expect(try row["small"] == Int64.min)
                #expect(try row["large"] == Int64.max)
                #expect(try row["yes"] == true)
                #expect(try row["double"] == 1.5)
                #expect(try row["text"] == "É\\'")
                #expect(try row["date"] == date)
                #expect(try row["texts"] == texts)
                #expect(try row["numbers"] == [1, -2] as [Int64])
                #expect(try row["bytes"] == bytes)
                #expect(try row["uuid"] == uuid)
                #expect(try row[nullable: "nothing"] as String? == nil)
                #expect(try row["json"] == JSONText(text: #"{"b": 1.0, "a":[] }"#))
                #expect(try row["empty"] == [String]())
                #expect(throws: DecodingFailure.self) { let _: String = try row["nothing"] }
                #expect(throws: DecodingFailure.self) { let _: Int = try row["text"] }
                #expect(throws: DecodingFailure.self) { let _: Int = try row["missing"] }
            }
        }
    }

    @Test("random dates are exact to the microsecond")
    func dates() async throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            let microseconds = Int64.random(in: 0...4_100_000_000_000_000, using: &generator)  // 1970 to 2099
            let date = Date(timeIntervalSince1970: Double(microseconds) / 1_000_000)
            guard case .binary(let bytes) = date.parameter.value else { throw DatabaseError.abandoned }
            let sent = bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            #expect(Int64(bitPattern: sent) + PostgresEpoch.microseconds == microseconds)
        }
        let texts = [
            "2026-11-21 01:02:03.5+00": 1_795_222_923_500_000, "1970-01-01 00:00:00+00": 0,
            "2000-02-29 23:59:59.999999+00": 951_868_799_999_999,
        ]
        for (text, expected) in texts {
            #expect(Array(text.utf8).withUnsafeBytes(TimestampText.microseconds) == Int64(expected))
        }
        #expect(Array("infinity".utf8).withUnsafeBytes(TimestampText.microseconds) == nil)
    }

    @Test("U+0000 in a text is refused before anything is sent")
    func nul() async throws {
        try await TestDatabase.with { test in
            try await test.connected { database in
                await #expect(throws: DatabaseError.nulInText) { try await database.read("SELECT \("a\0b") AS t") }
                await #expect(throws: DatabaseError.nulInText) {
                    try await database.transaction { try $0.query("SELECT \("a\0b") AS t").count }
                }
                let left = try await database.read("SELECT 1 AS one")
                #expect(left.count == 1)
            }
        }
    }

    @Test("an error names the constraint but no value, and affects only its own request")
    func errors() async throws {
        try await TestDatabase.with { test in
            try await test.connected({ $0.connections = 1 }) { database in
                _ = try await database.write("CREATE TABLE t (a text CONSTRAINT only_once PRIMARY KEY)")
                _ = try await database.write("INSERT INTO t VALUES (\("secret value"))")
                let outcomes = await withTaskGroup(of: Result<Int, any Error>.self) { group in
                    for index in 0..<40 {
                        group.addTask {
                            do {
                                if index.isMultiple(of: 2) {
                                    return .success(
                                        try await database.write("INSERT INTO t VALUES (\("secret value"))").affected)
                                }
                                return .success(try await database.read("SELECT \(index) AS i").scalar("i") ?? -1)
                            } catch { return .failure(error) }
                        }
                    }
                    return await group.reduce(into: []) { $0.append($1) }
                }
                let errors = outcomes.compactMap {
                    if case .failure(let error) = $0 { error as? ServerError } else { nil }
                }
                #expect(errors.count == 20)
                #expect(
                    errors.allSatisfy {
                        $0.constraint == "only_once" && $0.sqlState == "23505" && !"\($0)".contains("secret")
                    })
                #expect(Set(outcomes.compactMap { try? $0.get() }) == Set(stride(from: 1, to: 40, by: 2)))
            }
        }
    }

    @Test("a plan outdated by a schema change is replaced transparently")
    func stalePlan() async throws {
        try await TestDatabase.with { test in
            try await test.connected({ $0.connections = 1 }) { database in
                _ = try await database.write("CREATE TABLE t (a int)")
                _ = try await database.write("INSERT INTO t VALUES (1)")
                #expect(try await database.read("SELECT * FROM t").scalar("a") == 1)
                _ = try await database.write("ALTER TABLE t ALTER a TYPE text")
                #expect(try await database.read("SELECT * FROM t").scalar("a") == "1")
                _ = try await database.write("ALTER TABLE t ADD b text DEFAULT 'x'")
                #expect(try await database.transaction { try $0.query("SELECT * FROM t").scalar("b") } == "x")
            }
        }
    }
}
