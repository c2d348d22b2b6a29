import StrictJSON
import Testing

@Suite("Refused JSON texts")
struct RefusedTextTests {
    private let parser = JSONParser()

    private func refusal(of bytes: some Collection<UInt8>) -> JSONSyntaxError? {
        do throws(JSONSyntaxError) {
            _ = try parser.parse(bytes)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "a text that is not strict JSON is refused with the reason",
        arguments: [
            ("", .empty), (" \n\t\r ", .empty),
            ("1", .notJSON), ("\"a\"", .notJSON), ("null", .notJSON), ("true", .notJSON),
            ("{", .notJSON), ("[", .notJSON), ("[1,]", .notJSON), ("{\"a\":1,}", .notJSON), ("{\"a\"}", .notJSON),
            ("{a:1}", .notJSON), ("{'a':1}", .notJSON), ("[01]", .notJSON), ("[+1]", .notJSON), ("[.5]", .notJSON),
            ("[1.]", .notJSON), ("[1e]", .notJSON), ("[-]", .notJSON), ("[NaN]", .notJSON), ("[Infinity]", .notJSON),
            ("[0x10]", .notJSON), ("[True]", .notJSON), ("[nul]", .notJSON), ("/**/[]", .notJSON),
            ("[]//", .trailingBytes),
            ("[\"a]", .notJSON), ("[\"\n\"]", .notJSON), ("[\"\t\"]", .notJSON), (#"["\x"]"#, .notJSON),
            (#"["\u12"]"#, .notJSON), ("\u{FEFF}[]", .notJSON), ("]", .notJSON), ("[}", .notJSON),
            (#"["\ud800"]"#, .notJSON), (#"["\udc00"]"#, .notJSON), (#"["\ud800\u0041"]"#, .notJSON),
            (#"["\ude00\ud83d"]"#, .notJSON),
            ("{} {}", .trailingBytes), ("[]1", .trailingBytes), ("[]]", .trailingBytes), ("{}x", .trailingBytes),
            (#"{"a":1,"a":1}"#, .duplicateKey), (#"{"a":1,"b":2,"\u0061":3}"#, .duplicateKey),
            (#"{"x":{"a":1,"a":2}}"#, .duplicateKey), (#"[[{"a":1,"a":2}]]"#, .duplicateKey),
            (#"{"":1,"":2}"#, .duplicateKey),
            (#"["\u0000"]"#, .nulCharacter), (#"["a\u0000b"]"#, .nulCharacter), (#"{"a\u0000":1}"#, .nulCharacter),
            ("[\"\0\"]", .nulCharacter), ("[]\0", .nulCharacter), ("\0", .nulCharacter),
            ("[9223372036854775808]", .numberTooLarge), ("[-9223372036854775809]", .numberTooLarge),
            ("[123456789012345678901234567890]", .numberTooLarge), ("[1e309]", .numberTooLarge),
            ("[-1e309]", .numberTooLarge), ("[1e999999999999]", .numberTooLarge),
        ] as [(String, JSONSyntaxError.Reason)]
    )
    func refuses(text: String, reason: JSONSyntaxError.Reason) {
        #expect(refusal(of: text.utf8)?.reason == reason)
    }

    @Test(
        "bytes that are not UTF-8 are refused",
        arguments: [
            [0x80], [0xFF], [0xFE], [0xC3], [0xC3, 0x28], [0xE2, 0x82], [0xF0, 0x9F, 0x98],  // stray, cut short
            [0xC0, 0xAF], [0xC1, 0x81], [0xE0, 0x80, 0xAF], [0xF0, 0x80, 0x80, 0xAF],  // overlong
            [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF],  // surrogates
            [0xF4, 0x90, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80],  // beyond U+10FFFF
        ] as [[UInt8]]
    )
    func refusesBadUTF8(sequence: [UInt8]) {
        let inString = Array("[\"".utf8) + sequence + Array("\"]".utf8)
        let inName = Array("{\"".utf8) + sequence + Array("\":1}".utf8)
        #expect(refusal(of: inString)?.reason == .invalidUTF8)
        #expect(refusal(of: inName)?.reason == .invalidUTF8)
        #expect(refusal(of: sequence) != nil)
    }

    @Test("nesting is limited, and the limit itself is allowed", arguments: ["[", "{\"a\":"])
    func depth(opening: String) throws {
        let closing = opening == "[" ? "]" : "}"
        let innermost = opening == "[" ? "" : "1"
        func nested(_ depth: Int) -> [UInt8] {
            let text = String(repeating: opening, count: depth) + innermost + String(repeating: closing, count: depth)
            return Array(text.utf8)
        }
        #expect(refusal(of: nested(32)) == nil)
        #expect(refusal(of: nested(33))?.reason == .tooDeep)
        #expect(refusal(of: nested(10_000))?.reason == .tooDeep)
        #expect(refusal(of: String(repeating: opening, count: 1_000_000).utf8)?.reason == .tooDeep)
        #expect(throws: JSONSyntaxError.self) { try JSONParser(maximumDepth: 1).parse(nested(2)) }
    }

    @Test("brackets in strings and siblings do not count as nesting")
    func depthCountsNestingOnly() {
        let brackets = String(repeating: "[{", count: 100)
        #expect(refusal(of: "[\"\(brackets)\\\"\(brackets)\"]".utf8) == nil)
        let siblings = Array(repeating: "[[]]", count: 100).joined(separator: ",")
        #expect(refusal(of: "[\(siblings)]".utf8) == nil)
    }

    @Test("an error gives the position and never the input")
    func location() throws {
        let error = try #require(refusal(of: "{\n  \"é\": \"secret\",\n  \"b\": [1, @]\n}".utf8))
        #expect(error.reason == .notJSON)
        #expect(error.line == 3)
        #expect((11...13).contains(error.column))
        #expect(!"\(error)".contains("secret"))
        #expect("\(error)".hasPrefix(JSONSyntaxError.Reason.notJSON.rawValue))

        let deep = try #require(refusal(of: ("[\n" + String(repeating: "[", count: 32)).utf8))
        #expect(deep.reason == .tooDeep)
        #expect(deep.line == 2)
        #expect(deep.column == 32)
        #expect(deep.position == 33)
    }
}
