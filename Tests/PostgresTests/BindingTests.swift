import Foundation
import Testing

@testable import Postgres

@Suite("SQL by interpolation")
struct BindingTests {
    private enum Colour: String, PostgresEncodable { case red }

    @Test("a value is bound, never part of the text, and nil is bound as NULL of its type")
    func values() {
        let evil = "'; DROP TABLE campaigns; --"
        let none: Int? = nil
        let some: String? = "x"
        let sql: SQL = "SELECT a FROM t WHERE a = \(evil) AND b = \(none) AND c = \(some) AND d = \(Colour.red)"
        #expect(sql.text == "SELECT a FROM t WHERE a = $1 AND b = $2 AND c = $3 AND d = $4")
        #expect(
            sql.parameters == [
                Parameter(type: .text, value: .text(evil)), Parameter(type: .int8, value: .null),
                Parameter(type: .text, value: .text("x")), Parameter(type: .text, value: .text("red")),
            ])
    }

    @Test("a constant fragment is part of the text")
    func fragments() {
        let sql: SQL = "SELECT \(unescaped: "a, b") FROM t LIMIT \(3)"
        #expect(sql.text == "SELECT a, b FROM t LIMIT $1")
    }

    @Test("the text of a call site does not depend on its values")
    func constantText() {
        func statement(_ ids: [Int64], _ note: String?) -> SQL { "SELECT \(note) WHERE 1 = ANY(\(ids))" }
        #expect(statement([], nil).text == statement([1, 2, 3], "x").text)
        #expect(statement([], nil).parameters.map(\.type) == statement([1], "x").parameters.map(\.type))
    }

    @Test("the placeholders of a nested statement are renumbered, and its dollar signs kept")
    func parts() {
        let numbers: SQL = "\(1), \(2), \(3), \(4), \(5), \(6), \(7), \(8), \(9), \(10)"
        let whole: SQL = "SELECT \(0), \(numbers), \(11)"
        #expect(whole.text == "SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12")
        #expect(whole.parameters.map(\.value) == (0...11).map { .text(String($0)) })
        let quoted: SQL = "$$x$$ || 'costs $5' || \("a")"
        let around: SQL = "SELECT \(1), \(quoted)"
        #expect(around.text == "SELECT $1, $$x$$ || 'costs $5' || $2")
        let plain: SQL = "'costs $5'"
        #expect(("SELECT \(1), \(plain)" as SQL).text == "SELECT $1, 'costs $5'")
    }
}
