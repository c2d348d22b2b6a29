import Foundation
import HTTPTypes
import StrictJSON
import Testing

@testable import HearthWeb

@Suite("Fields of a body")
struct FieldsTests {
    private enum Speed: String, CaseIterable {
        case slow, normal, fast
    }

    /// Returns the result of a reading, and its problems as `field: message`.
    private func read<Result>(
        _ json: String, _ reading: (inout Fields) -> Result
    ) throws -> (result: Result, problems: [String]) {
        var fields = Fields(try Bodies.json(json))
        let result = reading(&fields)
        return (result, fields.problems.map { "\($0.field): \($0.message)" })
    }

    @Test("every problem is collected, not only the first")
    func collects() throws {
        var fields = Fields(
            try Bodies.json(
                #"{"firstName":5,"email_per_day":2001,"speed":"warp","with_rampup":"maybe","tags":[1,"ok",""]}"#))
        _ = fields.string("email", required: true)
        _ = fields.string("first_name", or: "firstName")
        _ = fields.integer("email_per_day", or: "emailsPerDay", in: 0...2000)
        let speed: Speed? = fields.choice("speed")
        _ = fields.boolean("with_rampup")
        _ = fields.list("tags")
        fields.problem("return_url", "is not allowed")
        #expect(speed == nil)
        let error = #expect(throws: APIError.self) { try fields.validated() }
        #expect(error?.status == .badRequest)
        #expect(error?.code == "VALIDATION_FAILED")
        #expect(
            error?.errors == [
                FieldProblem(field: "email", message: "is required"),
                FieldProblem(field: "firstName", message: "must be a string"),
                FieldProblem(field: "email_per_day", message: "must be between 0 and 2000"),
                FieldProblem(field: "speed", message: #"must be one of "slow", "normal", "fast""#),
                FieldProblem(field: "with_rampup", message: "must be true or false"),
                FieldProblem(field: "tags[0]", message: "must be a string"),
                FieldProblem(field: "tags[2]", message: "must be 1 to 255 characters"),
                FieldProblem(field: "return_url", message: "is not allowed"),
            ])
    }

    @Test(
        "integers",
        arguments: [
            ("22", 22), ("384.0", 384), ("\"22\"", 22), ("\" 22 \"", 22), ("\"384.0\"", 384), ("0", 0), ("4e2", 400),
            ("\"+7\"", 7), ("null", nil), ("\"\"", nil), ("\"  \"", nil),
        ] as [(String, Int?)])
    func integers(text: String, expected: Int?) throws {
        let (value, problems) = try read(#"{"n":\#(text)}"#) { $0.integer("n", in: 0...2000) }
        #expect(value == expected)
        #expect(problems.isEmpty)
    }

    @Test(
        "what is no integer in the range",
        arguments: [
            "2001", "-1", "1.5", "\"1.5\"", "true", "\"x\"", "[]", "{}", "1e300", "9223372036854775807", "\"22x\"",
            "\"1.\"",
            "\"0x10\"", "\"٢\"", "\"99999999999999999999\"", "\"-\"", "\".0\"",
        ])
    func notIntegers(text: String) throws {
        let (value, problems) = try read(#"{"n":\#(text)}"#) { $0.integer("n", in: 0...2000) }
        #expect(value == nil)
        #expect(problems.count == 1)
    }

    @Test(
        "truth values",
        arguments: [
            ("true", true), ("false", false), ("1", true), ("0", false), ("\"true\"", true), ("\"False\"", false),
            ("\"1\"", true),
            ("\"0\"", false), ("1.0", true), ("null", nil), ("\"\"", nil),
        ] as [(String, Bool?)])
    func booleans(text: String, expected: Bool?) throws {
        let (value, problems) = try read(#"{"b":\#(text)}"#) { $0.boolean("b") }
        #expect(value == expected)
        #expect(problems.isEmpty)
    }

    @Test("what is no truth value", arguments: ["2", "\"yes\"", "[]", "\"on\"", "-1", "0.5"])
    func notBooleans(text: String) throws {
        let (value, problems) = try read(#"{"b":\#(text)}"#) { $0.boolean("b") }
        #expect(value == nil)
        #expect(problems == ["b: must be true or false"])
    }

    @Test("texts are trimmed, counted in scalars, and empty ones are absent unless they may be empty")
    func strings() throws {
        let json = #"{"a":"  x  ","b":"","c":"\u00fc\u0301\u00fc","d":"   ","e":null}"#
        #expect(try read(json) { $0.string("a") }.result == "x")
        #expect(try read(json) { $0.string("b") } == (nil, []))
        #expect(try read(json) { $0.string("b", length: 0...5) } == ("", []))
        #expect(try read(json) { $0.string("b", required: true) } == (nil, ["b: is required"]))
        #expect(try read(json) { $0.string("d", required: true, length: 0...5) } == (nil, ["d: is required"]))
        #expect(try read(json) { $0.string("c", length: 1...3) }.problems.isEmpty)
        #expect(try read(json) { $0.string("c", length: 1...2) }.problems == ["c: must be 1 to 2 characters"])
        #expect(try read(json) { $0.string("c", length: 0...2) }.problems == ["c: must be at most 2 characters"])
        #expect(try read(json) { $0.string("e", required: true) }.problems == ["e: is required"])
    }

    @Test("a character that cannot be seen is a problem wherever a text is read, and NUL in any JSON")
    func characters() throws {
        var fields = Fields(try Bodies.form("a=%00&t=x%00&b=a%E2%80%8Bb&m=x%00&l[]=%E2%80%AEx&d=%EF%BB%BFx%EF%BB%BF"))
        _ = fields.string("a")
        _ = fields.list("t")
        _ = fields.string("b")
        _ = fields.json("m", limit: 100)
        _ = fields.list("l")
        #expect(fields.string("d") == "x")
        #expect(fields.problems.map(\.field) == ["a", "t[0]", "b", "m", "l[0]"])
        #expect(
            fields.problems.map(\.message) == [
                "must not contain U+0000 NULL, which is a control character",
                "must not contain U+0000 NULL, which is a control character",
                "must not contain U+200B ZERO WIDTH SPACE, which cannot be seen", "must not contain NUL characters",
                "must not contain U+202E RIGHT-TO-LEFT OVERRIDE, which changes the direction of text",
            ])
    }

    @Test("the first spelling that is present counts, and problems name it")
    func aliases() throws {
        let json = #"{"first_name":null,"firstName":"A","owner":7,"x_y":"snake","xY":"camel","XY":"none"}"#
        #expect(try read(json) { $0.string("first_name", or: "firstName") }.result == "A")
        #expect(
            try read(json) { $0.string("owner_email", or: nil, "ownerEmail", "owner") }.problems == [
                "owner: must be a string"
            ])
        #expect(try read(json) { $0.string("x_y", or: "xY") }.result == "snake")
        #expect(try read(json) { $0.string("x-y", or: "xY", "XY") }.result == "camel")
    }

    @Test("lists are arrays or texts with commas")
    func lists() throws {
        #expect(try read(#"{"t":["a"," b "]}"#) { $0.list("t") }.result == ["a", "b"])
        #expect(try read(#"{"t":"a, b,,c,"}"#) { $0.list("t") }.result == ["a", "b", "c"])
        #expect(try read(#"{"t":""}"#) { $0.list("t") }.result == [])
        #expect(
            try read(#"{"t":5}"#) { $0.list("t") }.problems == ["t: must be a list, or a string with commas"])
        #expect(
            try read(#"{"t":["a","b","c"]}"#) { $0.list("t", count: 0...2) }.problems == [
                "t: must have 0 to 2 elements"
            ])
        #expect(
            try read(#"{"t":"abc"}"#) { $0.list("t", length: 1...2) }.problems == ["t[0]: must be 1 to 2 characters"])
    }

    @Test("JSON is returned as it was sent, within its bound")
    func json() throws {
        let meta = try read(#"{"meta": {"a" : 1.0}}"#) { $0.json("meta", limit: 20) }.result
        #expect(meta?.text == #"{"a" : 1.0}"#)
        #expect(meta?.value.asObject?["a"] == .double(1))
        #expect(
            try read(#"{"meta":{"a":"12345"}}"#) { $0.json("meta", limit: 5)?.text }.problems == [
                "meta: must be at most 5 bytes of JSON"
            ])
        var form = Fields(try Bodies.form("meta=%7B%22a%22%3A1%7D&other=x%3D1"))
        let object = form.json("meta", limit: 100)
        #expect(object?.text == #"{"a":1}"#)
        #expect(object?.value.asObject?["a"] == .integer(1))
        #expect(form.json("other", limit: 100)?.value == .string("x=1"))
        #expect(form.json("other", limit: 100)?.text == #""x=1""#)
    }

    @Test("times")
    func timestamps() throws {
        #expect(
            try read(#"{"t":"1970-01-01T00:00:01Z"}"#) { $0.timestamp("t") }.result == Date(timeIntervalSince1970: 1))
        #expect(try read(#"{"t":"yesterday"}"#) { $0.timestamp("t") }.problems.count == 1)
        #expect(try read(#"{"t":1}"#) { $0.timestamp("t") }.problems.count == 1)
    }

    @Test("problems of nested objects carry the whole name")
    func groups() throws {
        let (host, problems) = try read(#"{"smtp":{"host":"h","port":"x"},"imap":5}"#) { fields in
            _ = fields.group("imap") { $0.string("host") }
            _ = fields.group("none") { $0.string("host", required: true) }
            return fields.group("smtp") { inner in
                _ = inner.integer("port", in: 1...65535)
                return inner.string("host")
            }
        }
        #expect(host == .some(.some("h")))
        #expect(problems == ["imap: must be an object", "smtp.port: must be an integer between 1 and 65535"])
    }

    @Test("a query is read by the same rules")
    func query() throws {
        var fields = try Fields(query: "after=5&limit=1001&tags[]=a")
        #expect(fields.integer("after", in: 0...10) == 5)
        #expect(fields.integer("limit", in: 1...1000) == nil)
        #expect(fields.list("tags") == ["a"])
        #expect(fields.problems.count == 1)
        var none = try Fields(query: nil)
        #expect(none.string("x") == nil)
        #expect(throws: APIError.self) { try Fields(query: "a=%") }
    }
}
