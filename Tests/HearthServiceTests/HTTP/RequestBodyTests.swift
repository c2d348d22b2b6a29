import HTTPTypes
import StrictJSON
import Testing

@testable import HearthCore
@testable import HearthWeb

@Suite("Bodies in three encodings")
struct RequestBodyTests {
    @Test("the same fields give the same tree, however they are encoded")
    func sameTree() throws {
        let fields = [
            ("email", "a+b@example.com"), ("settings[from]", "8"), ("settings[to]", "18"), ("tags[]", "ü"),
            ("tags[]", "b c"),
        ]
        let expected = #"{"email":"a+b@example.com","settings":{"from":"8","to":"18"},"tags":["ü","b c"]}"#
        #expect(Bodies.text(try Bodies.multipart(Bodies.multipartText(fields))) == expected)
        let form = "email=a%2Bb%40example.com&settings[from]=8&settings%5Bto%5D=18&tags[]=%C3%BC&tags%5B%5D=b+c"
        #expect(Bodies.text(try Bodies.form(form)) == expected)
        #expect(Bodies.text(try Bodies.json(expected)) == expected)
    }

    @Test(
        "names with brackets",
        arguments: [
            ("a=1&a=2", #"{"a":["1","2"]}"#), ("a[b]=1&a[b]=2", #"{"a":{"b":"2"}}"#),
            ("a[]=1&a[]=2", #"{"a":["1","2"]}"#),
            ("a[0]=x&a[1]=y", #"{"a":["x","y"]}"#), ("a[1]=x&a[0]=y", #"{"a":{"1":"x","0":"y"}}"#),
            ("a[b][c]=1&a[b][d]=2", #"{"a":{"b":{"c":"1","d":"2"}}}"#),
            ("a[][b]=1&a[][b]=2", #"{"a":[{"b":"1"},{"b":"2"}]}"#),
            ("a=1&a[b]=2", #"{"a":{"b":"2"}}"#), ("a[b]=2&a=1", #"{"a":"1"}"#), ("a[]=1&a[b]=2", #"{"a":{"b":"2"}}"#),
            ("a[b=1", #"{"a[b":"1"}"#), ("x=0&[a]=1", #"{"x":"0","[a]":"1"}"#), ("a]=1", #"{"a]":"1"}"#),
            ("a[b]c]=1", #"{"a[b]c]":"1"}"#),
            ("a&b=&&=c", #"{"a":"","b":"","":"c"}"#), ("a=b=c", #"{"a":"b=c"}"#),
        ])
    func brackets(form: String, expected: String) throws {
        #expect(Bodies.text(try Bodies.form(form)) == expected)
    }

    @Test(
        "an empty body is an empty form whatever its type",
        arguments: [
            nil, "application/json", "multipart/form-data", "application/x-www-form-urlencoded", "text/plain",
            "nonsense",
        ] as [String?])
    func empty(contentType: String?) throws {
        let body = try Bodies.decode("", contentType)
        #expect(Bodies.text(body) == "{}")
    }

    @Test("a body without a type is taken for JSON if it looks like it, else refused")
    func sniffed() throws {
        #expect(Bodies.text(try Bodies.decode(#" {"a":1}"#, nil)) == #"{"a":1}"#)
        #expect(Bodies.text(try Bodies.decode("[1]", nil, allowsArray: true)) == "[1]")
        #expect(Bodies.refusal { try Bodies.decode("a=1", nil) }?.status == .unsupportedMediaType)
    }

    @Test("an array is taken only where the route allows it")
    func arrays() throws {
        #expect(Bodies.refusal { try Bodies.json("[1]") }?.code == "MALFORMED_JSON")
        #expect(Bodies.text(try Bodies.decode("[1]", "application/json", allowsArray: true)) == "[1]")
    }

    @Test(
        "types that are understood",
        arguments: [
            "application/json", "Application/JSON; charset=UTF-8", "application/json;charset=\"utf-8\"",
            "application/merge-patch+json", #"application/json; note="a\"; charset=latin1""#,
        ])
    func jsonTypes(contentType: String) throws {
        #expect(Bodies.text(try Bodies.decode(#"{"a":1}"#, contentType)) == #"{"a":1}"#)
    }

    @Test(
        "other types, character sets and codings get 415",
        arguments: [
            "text/plain", "application/xml", "application/octet-stream", "application/json; charset=utf-16",
            "multipart/mixed; boundary=x", "json", "", "text/json+json",
            "application/x-www-form-urlencoded; charset=latin1",
        ])
    func unknownTypes(contentType: String) {
        let refusal = Bodies.refusal { try Bodies.decode(#"{"a":1}"#, contentType) }
        #expect(refusal?.status == .unsupportedMediaType)
        #expect(refusal?.code == "UNSUPPORTED_MEDIA_TYPE")
        #expect(refusal?.headers[.accept]?.contains("application/json") == true)
    }

    @Test("a compressed body gets 415")
    func compressed() {
        let refusal = Bodies.refusal {
            try Bodies.decode("{}", "application/json", headers: [.contentEncoding: "gzip"])
        }
        #expect(refusal?.status == .unsupportedMediaType)
        #expect(
            Bodies.refusal { try Bodies.decode("{}", "application/json", headers: [.contentEncoding: "identity"]) }
                == nil)
    }

    @Test("JSON sent as a form gets 415 with the remedy")
    func jsonAsForm() {
        let refusal = Bodies.refusal { try Bodies.form(#"{"email":"a@b.c"}"#) }
        #expect(refusal?.status == .unsupportedMediaType)
        #expect(refusal?.message.contains("application/json") == true)
    }

    @Test(
        "malformed JSON says where and why, and nothing of what was sent",
        arguments: [
            ("{", "the text is not valid JSON"), (#"{"secret":1,"secret":2}"#, "an object has the same name twice"),
            (#"{"a":1} x"#, "something follows the end of the JSON text"), ("  ", "the text is empty"),
            (#"{"a":"\u0000"}"#, "the text contains a NUL character"), (#"{"a":1e999}"#, "a number is too large"),
            (String(repeating: "[", count: 10_000), "arrays and objects are nested too deeply"),
            ("\"a\"", "the text is not valid JSON"),
        ])
    func malformedJSON(text: String, reason: String) throws {
        let refusal = try #require(Bodies.refusal { try Bodies.decode(text, "application/json", allowsArray: true) })
        #expect(refusal.status == .badRequest)
        #expect(refusal.code == "MALFORMED_JSON")
        #expect(refusal.details.map(\.0) == ["reason", "line", "column"])
        #expect(refusal.details.first?.1 == .string(reason))
        #expect(!refusal.message.contains("secret"))
    }

    @Test("JSON that is not UTF-8 is refused")
    func badUTF8() {
        let bytes = Array("{\"a\":\"".utf8) + [0xFF] + Array("\"}".utf8)
        let refusal = Bodies.refusal { try Body.decode(bytes, headers: [.contentType: "application/json"]) }
        #expect(refusal?.details.first?.1 == .string("the text is not valid UTF-8"))
    }

    @Test(
        "malformed forms are refused",
        arguments: [
            "a=%", "a=%4", "a=%zz", "%=1", "a=%FF", "a=%C3", "a[1][2][3][4][5][6][7][8][9]=1",
            (0...200).map { "a\($0)=1" }.joined(separator: "&"), String(repeating: "n", count: 256) + "=1",
        ])
    func malformedForms(form: String) {
        let refusal = Bodies.refusal { try Bodies.form(form) }
        #expect(refusal?.status == .badRequest)
        #expect(refusal?.code == "MALFORMED_FORM")
    }

    @Test("the text of a member is what was sent")
    func rawText() throws {
        let json = try Bodies.json(#"{"meta": {"tags" : "a,b", "n":1.50 }, "email":"x"}"#)
        #expect(json.rawText(ofMember: "meta") == #"{"tags" : "a,b", "n":1.50 }"#)
        #expect(json.rawText(ofMember: "none") == nil)
        let text = try Bodies.multipart(Bodies.multipartText([("meta", #"{"tags" : "a,b"}"#), ("b", "x=1&y=\"")]))
        #expect(text.rawText(ofMember: "meta") == #"{"tags" : "a,b"}"#)
        #expect(text.rawText(ofMember: "b") == #""x=1&y=\"""#)
        #expect(try Bodies.form("meta[tags]=a&meta[x]=1").rawText(ofMember: "meta") == #"{"tags":"a","x":"1"}"#)
    }
}
