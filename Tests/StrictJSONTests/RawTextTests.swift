import StrictJSON
import TestSupport
import Testing

@Suite("The source text of a member")
struct RawTextTests {
    @Test(
        "it is returned byte for byte",
        arguments: [
            (#"{"meta":{"a":1}}"#, "meta", #"{"a":1}"#),
            (
                "{ \"x\" : 1 ,\n\t\"meta\" :  { \"a\" :\r\n [ 1 , 2.50 ] } \n, \"y\": 2 }", "meta",
                "{ \"a\" :\r\n [ 1 , 2.50 ] }"
            ),
            (#"{"a":"}{][\"","meta":{"k":"}]\\\"{"},"z":[]}"#, "meta", #"{"k":"}]\\\"{"}"#),
            (#"{"\u006deta":[1,[2,[3]]],"b":0}"#, "meta", "[1,[2,[3]]]"),
            (#"{"a\"b":1.0e+1 , "c":2}"#, #"a"b"#, "1.0e+1"),
            (#"{"a":-0}"#, "a", "-0"), (#"{"a": true}"#, "a", "true"), (#"{"a":null ,"b":1}"#, "a", "null"),
            (#"{"a":"\u00e9\/"}"#, "a", #""\u00e9\/""#), (#"{"a":{},"b":[]}"#, "b", "[]"), (#"{"":{}}"#, "", "{}"),
            (#"{"nested":{"meta":1},"meta":2}"#, "meta", "2"), ("{\"m\":\"é😀\"}", "m", "\"é😀\""),
        ]
    )
    func isExact(source: String, name: String, expected: String) throws {
        #expect(try JSONParser().parse(source.utf8).rawText(ofMember: name) == expected)
    }

    @Test("a missing member has none, nor has an element of an array")
    func missing() throws {
        #expect(try JSONParser().parse(#"{"a":{"b":1}}"#.utf8).rawText(ofMember: "b") == nil)
        #expect(try JSONParser().parse(#"[{"a":1}]"#.utf8).rawText(ofMember: "a") == nil)
        #expect(try JSONParser().parse("{}".utf8).rawText(ofMember: "a") == nil)
    }

    @Test("for random objects it parses to the member's value")
    func randomObjects() throws {
        var random = SeededRandom(seed: 11)
        for _ in 0..<2_000 {
            let source = JSONWriter.bytes(of: .object(.random(depth: 3, using: &random)))
            let spaced = spreadOut(source, using: &random)
            let document = try JSONParser().parse(spaced)
            for (name, value) in try #require(document.value.asObject) {
                let raw = try #require(document.rawText(ofMember: name))
                #expect(try JSONParser().parse("[\(raw)]".utf8).value == .array([value]))
                #expect(String(decoding: spaced, as: UTF8.self).utf8.count >= raw.utf8.count)
            }
        }
    }

    /// Inserts white space around the punctuation outside strings.
    private func spreadOut(_ bytes: [UInt8], using random: inout SeededRandom) -> [UInt8] {
        var result: [UInt8] = []
        var isInString = false
        var isEscaped = false
        for byte in bytes {
            let isPunctuation = !isInString && "{}[],:".utf8.contains(byte)
            if isPunctuation, Bool.random(using: &random) { result.append(0x20) }
            result.append(byte)
            if isPunctuation, Bool.random(using: &random) { result.append(0x0A) }
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isInString.toggle()
            }
        }
        return result
    }
}
