import HTTPTypes
import HearthTesting
import Hummingbird
import HummingbirdTesting
import NIOCore
import NIOEmbedded
import StrictJSON
import Testing

@testable import HearthWeb

@Suite("Reading a body from a request")
struct BodyReadingTests {
    private let test = TestApplication()

    private var application: some ApplicationProtocol {
        test.build { router in
            router.post("echo") { request, context in
                let body = try await Body.read(request, context: context)
                return Envelope.response(code: "ECHO", message: "Echo") { $0.value(body.value) }
            }
            router.post("array") { request, context in
                let body = try await Body.read(request, context: context, allowsArray: true)
                return Envelope.response(code: "ECHO", message: "Echo") { $0.value(body.value) }
            }
        }
    }

    private func post(_ path: String, _ text: String?, _ headers: HTTPFields) async throws -> TestResponse {
        try await application.test(.router) { client in
            try await client.execute(
                uri: path, method: .post, headers: headers, body: text.map { ByteBuffer(string: $0) })
        }
    }

    @Test("a body at the limit is read, one byte more is refused")
    func limit() async throws {
        let padding = String(repeating: " ", count: AppContext.bodyLimit - 2)
        let whole = try await post("/echo", "{" + padding + "}", [.contentType: "application/json"])
        #expect(whole.status == .ok)
        let more = try await post("/echo", "{ " + padding + "}", [.contentType: "application/json"])
        #expect(more.status == .contentTooLarge)
        #expect(more.json?["code"] == .string("PAYLOAD_TOO_LARGE"))
    }

    @Test("no body at all is an empty form")
    func absent() async throws {
        let response = try await post("/echo", nil, [.contentType: "multipart/form-data"])
        #expect(response.json?["data"] == .object(JSONObject([])))
    }

    @Test("a body that is shorter or longer than announced is refused", arguments: [2, 4, -1, Int.min])
    func incomplete(announced: Int) async throws {
        // Built by hand, because the client cannot announce a wrong length.
        let head = HTTPRequest(
            method: .post, scheme: "http", authority: "a", path: "/echo",
            headerFields: [.contentType: "application/x-www-form-urlencoded", .contentLength: "\(announced)"])
        let request = Request(head: head, body: .init(buffer: ByteBuffer(string: "a=1")))
        let context = AppContext(source: .init(channel: EmbeddedChannel(), logger: test.lines.logger()))
        let error = await #expect(throws: APIError.self) { _ = try await Body.read(request, context: context) }
        #expect(error?.code == "INCOMPLETE_BODY")
        #expect(error?.status == .badRequest)
    }

    @Test("an array is taken where the route allows it")
    func array() async throws {
        let headers: HTTPFields = [.contentType: "application/json"]
        #expect(try await post("/array", "[1]", headers).json?["data"] == .array([.integer(1)]))
        let refused = try await post("/echo", "[1]", headers)
        #expect(refused.status == .badRequest)
        #expect(refused.json?["code"] == .string("MALFORMED_JSON"))
    }

    @Test(
        "refusals arrive with their status and code",
        arguments: [
            ("<a/>", "text/xml", 415, "UNSUPPORTED_MEDIA_TYPE"), ("{", "application/json", 400, "MALFORMED_JSON"),
            ("a=%", "application/x-www-form-urlencoded", 400, "MALFORMED_FORM"),
            ("x", "multipart/form-data", 400, "MALFORMED_FORM"),
        ])
    func refused(text: String, contentType: String, status: Int, code: String) async throws {
        let response = try await post("/echo", text, [.contentType: contentType])
        #expect(response.status.code == status)
        #expect(response.json?["code"] == .string(code))
        #expect(response.json?["request_id"] == .string("made-1"))
        #expect(try test.lines.lines("request").first?["error.code"] == .string(code))
    }

    @Test("malformed JSON names line, column and reason")
    func located() async throws {
        let response = try await post("/echo", "{\n \"a\": 1,\n \"a\": 2}", [.contentType: "application/json"])
        #expect(response.json?["reason"] == .string("an object has the same name twice"))
        #expect(response.json?["line"] == .integer(3))
        #expect((response.json?["column"]?.asInteger ?? 0) > 0)
    }
}
