import StrictJSON
import Testing

@Suite("Accepted JSON texts")
struct AcceptedTextTests {
    private let parser = JSONParser()

    @Test(
        "a text is parsed to its value",
        arguments: [
            ("{}", .object(JSONObject([]))),
            ("[]", .array([])),
            (" \t\r\n[ ]\n", .array([])),
            ("[null,true,false]", .array([.null, .bool(true), .bool(false)])),
            ("[0,-0,7,-7]", .array([.integer(0), .integer(0), .integer(7), .integer(-7)])),
            ("[9223372036854775807]", .array([.integer(.max)])),
            ("[-9223372036854775808]", .array([.integer(.min)])),
            ("[1.5,-1.5e2,1E2,384.0]", .array([.double(1.5), .double(-150), .double(100), .double(384)])),
            ("[1e308,5e-324,1e-999]", .array([.double(1e308), .double(.leastNonzeroMagnitude), .double(0)])),
            (#"["","a","\"\\\/\b\f\n\r\t"]"#, .array([.string(""), .string("a"), .string("\"\\/\u{8}\u{C}\n\r\t")])),
            (#"["\u00e9","\ud83d\ude00"]"#, .array([.string("é"), .string("😀")])),
            ("[\"é\u{1F600}\u{10FFFF}\u{7F}\"]", .array([.string("é😀\u{10FFFF}\u{7F}")])),
            (#"{"a":{"b":[{}]}}"#, object(("a", object(("b", .array([object()])))))),
        ] as [(String, JSONValue)]
    )
    func accepts(text: String, expected: JSONValue) throws {
        #expect(try parser.parse(text.utf8).value == expected)
    }

    @Test("members keep their order and are found by name")
    func memberOrder() throws {
        let document = try parser.parse(#"{"z":1,"a":null,"m":"x"}"#.utf8)
        let object = try #require(document.value.asObject)
        #expect(object.names == ["z", "a", "m"])
        #expect(object.count == 3)
        #expect(object["m"] == .string("x"))
        #expect(object["a"] == .null)
        #expect(object["missing"] == nil)
        #expect(object.map { $0.name } == object.names)
    }

    @Test("two Unicode spellings of one name are two names")
    func namesAreBytes() throws {
        let document = try parser.parse("{\"\u{E9}\":1,\"e\u{301}\":2}".utf8)
        let object = try #require(document.value.asObject)
        #expect(object["\u{E9}"] == .integer(1))
        #expect(object["e\u{301}"] == .integer(2))
    }

    @Test("a thousand members keep their order")
    func manyMembers() throws {
        let names = (0..<1000).map { "name-\($0)" }
        let text = "{" + names.map { "\"\($0)\":0" }.joined(separator: ",") + "}"
        #expect(try parser.parse(text.utf8).value.asObject?.names == names)
    }

    @Test(
        "an integral double reads as an integer",
        arguments: [
            (.integer(384), 384), (.double(384), 384), (.double(-2), -2), (.double(384.5), nil),
            (.double(9_007_199_254_740_992), 9_007_199_254_740_992), (.double(9_007_199_254_740_994), nil),
            (.double(1e300), nil), (.string("384"), nil), (.bool(true), nil), (.null, nil),
        ] as [(JSONValue, Int64?)]
    )
    func integers(value: JSONValue, expected: Int64?) {
        #expect(value.asInteger == expected)
    }

    @Test("accessors return only values of their own kind")
    func accessors() {
        #expect(JSONValue.integer(2).asDouble == 2)
        #expect(JSONValue.double(2.5).asDouble == 2.5)
        #expect(JSONValue.string("2").asDouble == nil)
        #expect(JSONValue.string("x").asString == "x")
        #expect(JSONValue.null.asString == nil)
        #expect(JSONValue.bool(false).asBool == false)
        #expect(JSONValue.integer(0).asBool == nil)
        #expect(JSONValue.array([.null]).asArray == [.null])
        #expect(JSONValue.null.isNull)
    }
}

/// An object value from pairs, for expectations.
func object(_ members: (String, JSONValue)...) -> JSONValue {
    .object(JSONObject(members.map { JSONObject.Member(name: $0.0, value: $0.1) }))
}
