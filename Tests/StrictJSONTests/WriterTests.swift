import StrictJSON
import TestSupport
import Testing

@Suite("Writing JSON")
struct WriterTests {
    @Test("members and elements are separated, nested, and escaped")
    func layout() {
        var writer = JSONWriter()
        writer.object {
            $0.member("id", 17)
            $0.member("big", Int64.min)
            $0.member("rate", 0.25)
            $0.member("on", true)
            $0.member("none", nil as String?)
            $0.member("some", "x" as String?)
            $0.null("null")
            $0.array("empty") { _ in }
            $0.array("list") {
                $0.value(1)
                $0.object { $0.member("a", "b") }
                $0.array { $0.null() }
                $0.value(raw: "{ }")
            }
            $0.object("object") { _ in }
            $0.member("meta", raw: "{ \"a\" : 1 }")
            $0.member("tree", .array([.null, .object(JSONObject([.init(name: "k", value: .double(1))]))]))
            $0.name("last")
            $0.value(false)
        }
        #expect(
            writer.text == """
                {"id":17,"big":-9223372036854775808,"rate":0.25,"on":true,"none":null,"some":"x","null":null,"empty":[],\
                "list":[1,{"a":"b"},[null],{ }],"object":{},"meta":{ "a" : 1 },"tree":[null,{"k":1.0}],"last":false}
                """
        )
    }

    @Test("only the characters that RFC 8259 requires are escaped")
    func escapes() {
        let text = "a\"b\\c/\u{8}\t\n\u{C}\r\u{1}\u{1F}\u{7F}é😀\u{2028}"
        #expect(
            String(decoding: JSONWriter.bytes(of: .array([.string(text)])), as: UTF8.self)
                == "[\"a\\\"b\\\\c/\\b\\t\\n\\f\\r\\u0001\\u001f\u{7F}é😀\u{2028}\"]"
        )
    }

    @Test("numbers without a JSON form become null", arguments: [Double.nan, .infinity, -.infinity])
    func notFinite(value: Double) {
        #expect(JSONWriter.bytes(of: .array([.double(value)])) == Array("[null]".utf8))
    }

    @Test("integers of every length are written in full")
    func integers() {
        for value in [0, 1, -1, 9, 10, -10, 99, 100, 12345, Int64.max, Int64.min] {
            #expect(JSONWriter.bytes(of: .integer(value)) == Array("\(value)".utf8))
        }
    }

    @Test("random values survive writing and reading")
    func roundTrip() throws {
        var random = SeededRandom(seed: 7)
        for _ in 0..<20_000 {
            let value = JSONValue.array([.random(depth: 4, using: &random)])
            let bytes = JSONWriter.bytes(of: value)
            #expect(try JSONParser().parse(bytes).value == value)
        }
    }
}
