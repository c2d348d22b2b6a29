import Hummingbird
import NIOCore
import StrictJSON
import Testing

@testable import HearthCampaigns
@testable import HearthWeb

@Suite("Answers")
struct AnswerTests {
    @Test("a success has five members, data last")
    func success() throws {
        let answer = Envelope.prepared(code: "DONE", message: "Done") { $0.object { $0.member("id", 7) } }
        #expect(
            String(decoding: answer.body, as: UTF8.self)
                == #"{"success":true,"status":200,"code":"DONE","message":"Done","data":{"id":7}}"#)
    }

    @Test("warnings and further members stand before data")
    func additions() {
        let answer = Envelope.prepared(
            code: "DONE", message: "Done", status: .created, warnings: ["NO_WEBHOOK_ENDPOINT"],
            members: [("next_after", .integer(5))]
        ) { $0.null() }
        #expect(
            String(decoding: answer.body, as: UTF8.self)
                == #"{"success":true,"status":201,"code":"DONE","message":"Done","warnings":["NO_WEBHOOK_ENDPOINT"],"next_after":5,"data":null}"#
        )
    }

    @Test("a head and a value and a brace make a whole answer")
    func streamed() throws {
        let head = Envelope.head(code: "DONE", message: "Done")
        let whole = Envelope.prepared(code: "DONE", message: "Done") { $0.array { $0.value(1) } }
        #expect(head + Array("[1]}".utf8) == whole.body)
        _ = try JSONParser().parse(head + Array("[1]}".utf8))
    }

    @Test("an error of the closure passes through")
    func failure() {
        struct Broken: Error {}
        #expect(throws: Broken.self) {
            try Envelope.response(code: "X", message: "x") { (_) throws(Broken) in throw Broken() }
        }
    }

    @Test("a refusal has the contract's members and ours")
    func refusal() async throws {
        let error = APIError(
            .conflict, code: "INVALID_STATE_TRANSITION", message: "Start it first.",
            errors: [
                .init(field: "b", message: "1"), .init(field: "a", message: "2"), .init(field: "b", message: "3"),
            ],
            details: [("current_status", .string("paused")), ("allowed_actions", .array([.string("resume")]))],
            retryAfterSeconds: 5)
        let response = error.response(requestID: "r1")
        #expect(response.status == .conflict)
        #expect(response.headers[.retryAfter] == "5")
        #expect(response.headers[.contentType] == "application/json; charset=utf-8")
        #expect(
            try await text(of: response)
                == #"{"success":false,"status":409,"code":"INVALID_STATE_TRANSITION","message":"Start it first.","request_id":"r1","errors":{"b":["1","3"],"a":["2"]},"current_status":"paused","allowed_actions":["resume"]}"#
        )
    }

    @Test("a body made to be wrong in thousands of places is told of a hundred")
    func manyProblems() async throws {
        let problems = (0..<5_000).map { FieldProblem(field: "password\($0)", message: "must not be sent") }
        let told = try await text(of: APIError.credentialsNotAccepted(problems).response(requestID: "r1"))
        #expect(told.utf8.count < 10_000)
        #expect(told.contains(#""password99":["must not be sent"]"#))
    }

    @Test("every general refusal has its status, its code and a message that ends as a sentence")
    func general() throws {
        let syntax = #expect(throws: JSONSyntaxError.self) { try JSONParser().parse(Array("{\n x".utf8)) }
        let refusals: [(APIError, Int, String)] = [
            (.unauthenticated, 401, "UNAUTHENTICATED"), (.notFound, 404, "NOT_FOUND"),
            (.methodNotAllowed(allowed: [.post, .get]), 405, "METHOD_NOT_ALLOWED"),
            (.payloadTooLarge(maximumBytes: 5), 413, "PAYLOAD_TOO_LARGE"),
            (.unsupportedMediaType(), 415, "UNSUPPORTED_MEDIA_TYPE"),
            (.validation([]), 400, "VALIDATION_FAILED"), (.malformedJSON(try #require(syntax)), 400, "MALFORMED_JSON"),
            (.malformedForm("x"), 400, "MALFORMED_FORM"), (.wrongRoot(expected: "x"), 400, "MALFORMED_JSON"),
            (.incompleteBody, 400, "INCOMPLETE_BODY"), (.badRequest, 400, "BAD_REQUEST"),
            (.rateLimited(retryAfterSeconds: 3), 429, "RATE_LIMIT_EXCEEDED"), (.internalError, 500, "INTERNAL_ERROR"),
            (.databaseBusy, 503, "SERVICE_BUSY"), (.outcomeUnknown, 503, "RETRY_WITH_SAME_KEY"),
            (.stopping, 503, "SERVICE_STOPPING"),
        ]
        for (refusal, status, code) in refusals {
            #expect(refusal.status.code == status, "\(code)")
            #expect(refusal.code == code)
            #expect(refusal.message.hasSuffix("."), "\(code)")
        }
        #expect(APIError.unauthenticated.headers[.wwwAuthenticate] == "Bearer")
        #expect(APIError.methodNotAllowed(allowed: [.post, .get]).headers[.allow] == "GET, POST")
        for refusal in [APIError.databaseBusy, .outcomeUnknown, .stopping] {
            #expect(refusal.headers[.retryAfter] == "1")
        }
        #expect(APIError.rateLimited(retryAfterSeconds: 3).headers[.retryAfter] == "3")
    }

    private func text(of response: Response) async throws -> String {
        let collector = BodyCollector()
        try await response.body.write(collector)
        return String(buffer: collector.buffer)
    }
}

/// Collects what is written to it.
private final class BodyCollector: ResponseBodyWriter {
    var buffer = ByteBuffer()

    func write(_ buffer: ByteBuffer) async throws {
        self.buffer.writeImmutableBuffer(buffer)
    }

    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
