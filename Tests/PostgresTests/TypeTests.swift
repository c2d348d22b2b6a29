import Foundation
import TestSupport
import Testing

@testable import Postgres

/// Values in both directions over the wire, checked by the server.
@Suite("Types", .timeLimit(.minutes(2)))
struct TypeTests {
    private enum Colour: String, PostgresEncodable, PostgresDecodable { case red, blue }
    private enum Size: Int, PostgresEncodable, PostgresDecodable { case small = 1 }

    @Test("enumerations are sent as raw values, and an unknown one is a decoding failure")
    func enumerations() async throws {
        try await TestDatabase.with { test in
            try await test.connected { database in
                let row = try #require(
                    try await database.read("SELECT \(Colour.blue) AS colour, \(Size.small) AS size, 'green' AS other")
                        .first)
                #expect(try row["colour"] == Colour.blue)
                #expect(try row["size"] == Size.small)
                #expect(throws: DecodingFailure(column: "other", type: "Colour", reason: .unreadable)) {
                    let _: Colour = try row["other"]
                }
            }
        }
    }

    @Test("columns by position, narrow integers and NULL of every type")
    func positionsAndNulls() async throws {
        try await TestDatabase.with { test in
            try await test.connected { database in
                let row = try #require(
                    try await database.read("SELECT \(Int32.min) AS a, 3000000000 AS b, NULL::text AS c").first)
                #expect(try row[0] == Int32.min)
                #expect(try row[1] == Int64(3_000_000_000))
                #expect(try row[nullable: 2] as String? == nil)
                #expect(throws: DecodingFailure(column: "1", type: "Int32", reason: .unreadable)) {
                    let _: Int32 = try row[1]
                }
                #expect(throws: DecodingFailure(column: "3", type: "Int", reason: .noSuchColumn)) {
                    let _: Int? = try row[nullable: 3]
                }
                let nulls = try #require(
                    try await database.read(
                        """
                        SELECT \(nil as Int?) AS a, \(nil as Bool?) AS b, \(nil as Double?) AS c, \(nil as Date?) AS d,
                            \(nil as UUID?) AS e, \(nil as [UInt8]?) AS f, \(nil as [Int64]?) AS g,
                            \(nil as [String]?) AS h, \(nil as JSONText?) AS i, \(nil as Int32?) AS j
                        """
                    ).first)
                #expect(
                    try nulls[nullable: "a"] as Int? == nil && nulls[nullable: "b"] as Bool? == nil
                        && nulls[nullable: "c"] as Double? == nil)
                #expect(
                    try nulls[nullable: "d"] as Date? == nil && nulls[nullable: "e"] as UUID? == nil
                        && nulls[nullable: "f"] as [UInt8]? == nil)
                #expect(try nulls[nullable: "g"] as [Int64]? == nil && nulls[nullable: "h"] as [String]? == nil)
                #expect(try nulls[nullable: "i"] as JSONText? == nil && nulls[nullable: "j"] as Int32? == nil)
            }
        }
    }

    @Test("arrays of any text, including NULL, match the server's count")
    func arrays() async throws {
        let pieces = ["\"", "\\", ",", "{", "}", " ", "NULL", "null", "a", "'", "\n", "🦊", "é", "e\u{301}", "$1", ""]
        var generator = SystemRandomNumberGenerator()
        try await TestDatabase.with { test in
            try await test.connected { database in
                for _ in 0..<200 {
                    let array = (0..<Int.random(in: 0...6, using: &generator)).map { _ -> String? in
                        guard Int.random(in: 0..<8, using: &generator) > 0 else { return nil }
                        return (0..<Int.random(in: 0...4, using: &generator)).compactMap { _ in
                            pieces.randomElement(using: &generator)
                        }.joined()
                    }
                    let numbers = array.map { $0?.utf8.count ?? -1 }
                    let row = try #require(
                        try await database.read(
                            """
                            SELECT \(array) AS array, \(numbers) AS numbers,
                                ARRAY(SELECT coalesce(octet_length(x), -1)::bigint FROM unnest(\(array)) AS x) AS lengths
                            """
                        ).first)
                    let returned: [String?] = try row["array"]
                    #expect(returned.map { $0.map { Array($0.utf8) } } == array.map { $0.map { Array($0.utf8) } })
                    #expect(try row["numbers"] == numbers)
                    #expect(try row["lengths"] == numbers)
                    if array.contains(nil) {
                        #expect(throws: DecodingFailure.self) { let _: [String] = try row["array"] }
                    }
                }
            }
        }
    }

    @Test("empty and long arrays of dates match the server's values")
    func instantArrays() async throws {
        try await TestDatabase.with { test in
            try await test.connected { database in
                for count in [0, 1, 2, 100] {
                    let dates = (0..<count).map {
                        Date(timeIntervalSince1970: 1_800_000_000.123_456 + Double($0) * 0.000_001)
                    }
                    let row = try #require(
                        try await database.read(
                            """
                            SELECT \(dates) AS dates, cardinality(\(dates)) AS count,
                                (\(dates))[1] = \(dates.first) AS is_first, \(dates)::text LIKE '%.123456+00%' AS is_exact
                            """
                        ).first)
                    let returned: [Date] = try row["dates"]
                    #expect(returned.count == count)
                    #expect(try row["count"] == count)
                    #expect(zip(returned, dates).allSatisfy { abs($0.timeIntervalSince($1)) < 0.000_000_5 })
                    if count > 0 { #expect(try row["is_first"] && row["is_exact"]) }
                }
                let endless = [Date(timeIntervalSince1970: .nan)]
                await #expect { try await database.read("SELECT \(endless) AS x") } throws: {
                    ($0 as? ServerError)?.sqlState == "22P02"
                }
            }
        }
    }

    @Test(
        "an invalid array text is refused",
        arguments: ["", "{", "}", "{,}", "{a,}", "{,a}", "{\"a}", "{\"a\"b}", "{{a},{b}}", "{\"a\\}", "[0:1]={1,2}"])
    func malformedArrays(_ text: String) {
        #expect(Array(text.utf8).withUnsafeBytes(ArrayText.elements) == nil)
    }

    @Test("dates are exact to the microsecond, in any time zone of the session")
    func instants() async throws {
        var generator = SystemRandomNumberGenerator()
        try await TestDatabase.with { test in
            for zone in ["UTC", "Asia/Kathmandu", "America/St_Johns", "Africa/Monrovia"] {
                try await test.connected({ $0.connections = 1 }) { database in
                    if zone != "UTC" { _ = try await database.write("SET TimeZone = \(unescaped: "'\(zone)'")") }
                    for _ in 0..<100 {
                        // 1901 to 2099; later, a Date itself is less exact than a microsecond.
                        let microseconds = Int64.random(
                            in: -2_177_452_800_000_000...4_102_444_800_000_000, using: &generator)
                        let date = Date(timeIntervalSince1970: Double(microseconds) / 1_000_000)
                        let row = try #require(
                            try await database.read(
                                """
                                SELECT \(date) AS date, (extract(epoch FROM \(date)) * 1000000)::bigint AS microseconds
                                """
                            ).first)
                        #expect(try row["microseconds"] == microseconds)
                        #expect(try row["date"] == date)
                    }
                }
            }
        }
    }

    @Test("infinity and dates out of range are refused")
    func endlessDates() async throws {
        try await TestDatabase.with { test in
            try await test.connected { database in
                let row = try #require(
                    try await database.read(
                        "SELECT 'infinity'::timestamptz AS a, '0044-03-15 BC'::timestamptz AS b, '12026-01-01'::timestamptz AS c"
                    ).first)
                for column in ["a", "b", "c"] {
                    #expect(throws: DecodingFailure.self) { let _: Date = try row[column] }
                }
                await #expect { try await database.read("SELECT \(Date(timeIntervalSince1970: .nan)) AS x") } throws: {
                    ($0 as? ServerError)?.sqlState.hasPrefix("22") == true
                }
            }
        }
    }

    @Test("large values, empty values and doubles make the round trip")
    func extremes() async throws {
        let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let text = String(repeating: "ñ", count: 1_000_000)
        try await TestDatabase.with { test in
            try await test.connected { database in
                let row = try #require(
                    try await database.read(
                        "SELECT \(bytes) AS bytes, \(text) AS text, \([UInt8]()) AS nothing, \("") AS empty"
                    ).first)
                #expect(try row["bytes"] == bytes)
                #expect(try row["text"] == text)
                #expect(try row["nothing"] == [UInt8]())
                #expect(try row["empty"] == "")
                for double in [0.1, -0.0, .greatestFiniteMagnitude, .leastNonzeroMagnitude, .infinity, -.infinity] {
                    let row = try #require(try await database.read("SELECT \(double) AS double").first)
                    #expect(try row["double"] == double)
                }
            }
        }
    }

    @Test("an optional result of a transaction may be nil")
    func optionalAnswer() async throws {
        try await TestDatabase.with { test in
            try await test.connected { database in
                let answer: String? = try await database.transaction {
                    try $0.query("SELECT NULL AS x").first?[nullable: "x"]
                }
                #expect(answer == nil)
            }
        }
    }
}
