import HTTPTypes
import HearthTesting
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import StrictJSON
import Testing

@testable import HearthCore
@testable import HearthWeb

@Suite("What stands before every route")
struct MiddlewareTests {
    private struct Unexpected: Error, CustomStringConvertible {
        let description = "the cause of it"
    }
    private struct Busy: Error {}

    private let test = TestApplication()

    private var application: some ApplicationProtocol {
        test.build(errorMapping: { $0 is Busy ? .databaseBusy : nil }) { router in
            router.get("things/{id}") { _, context in
                "id \(context.id) \(TraceContext.current?.childHeader ?? "")"
            }
            router.delete("things/:id") { _, context in
                context.facts.setCaller("tenant.id", to: 7)
                return "deleted"
            }
            router.get("unexpected") { _, _ -> String in throw Unexpected() }
            router.get("busy") { _, _ -> String in throw Busy() }
            router.get("cancelled") { _, _ -> String in throw CancellationError() }
            router.get("framework/{status}") { _, context -> String in
                throw HTTPError(.init(code: try context.parameters.require("status", as: Int.self)), message: "secret")
            }
            router.get("logged") { _, _ in
                Logger.current.info("inside")
                return "ok"
            }
            router.get("streamed") { _, _ in
                Response(
                    status: .ok,
                    body: ResponseBody { writer in
                        try await writer.write(ByteBuffer(string: "part"))
                        try await writer.finish(nil)
                    })
            }
            router.get("page") { _, _ in
                Response(
                    status: .ok, headers: [.contentSecurityPolicy: "default-src 'self'", .cacheControl: "private"])
            }
            router.get("healthz") { _, _ in "ok" }
        }
    }

    @Test("an unknown path gets 404 as JSON, with the request id")
    func unknownPath() async throws {
        try await application.test(.router) { client in
            let response = try await client.execute(uri: "/nothing?code=secret", method: .get)
            #expect(response.status == .notFound)
            #expect(response.json?["code"] == .string("NOT_FOUND"))
            #expect(response.json?["success"] == .bool(false))
            #expect(response.json?["status"] == .integer(404))
            #expect(response.json?["request_id"] == .string("made-1"))
            #expect(response.headers[.requestID] == "made-1")
        }
        #expect(!test.lines.all.joined().contains("secret"))
        #expect(try test.lines.lines("request").first?["http.route"] == .string("NotFound"))
    }

    @Test("a wrong method gets 405 with the right ones", arguments: ["/things/5", "/things/5/"])
    func wrongMethod(path: String) async throws {
        try await application.test(.router) { client in
            let response = try await client.execute(uri: path, method: .post)
            #expect(response.status == .methodNotAllowed)
            #expect(response.json?["code"] == .string("METHOD_NOT_ALLOWED"))
            #expect(response.headers[.allow] == "DELETE, GET")
            let unknown = try await client.execute(uri: "/things/5/6", method: .post)
            #expect(unknown.status == .notFound)
        }
    }

    @Test("the methods are those of the most literal route, which is the one that the router takes")
    func overlappingPaths() {
        let router = Router(context: AppContext.self)
        let methods = AllowedMethods()
        router.get("things/:id") { _, _ in "" }
        router.post("things/special") { _, _ in "" }
        router.delete("things/:id/parts") { _, _ in "" }
        methods.learn(router)
        #expect(methods.methods(forPath: "/things/special") == [.post])
        #expect(methods.methods(forPath: "/things/5") == [.get])
        #expect(methods.methods(forPath: "/things/special/parts") == [.delete])
        #expect(methods.methods(forPath: "/things").isEmpty)
    }

    @Test(
        "the caller's request id is echoed if it is usable", arguments: ["abc-123", String(repeating: "x", count: 128)])
    func requestID(id: String) async throws {
        try await application.test(.router) { client in
            let response = try await client.execute(uri: "/things/5", method: .get, headers: [.requestID: id])
            #expect(response.headers[.requestID] == id)
            #expect(response.text.hasPrefix("id \(id) "))
        }
        #expect(try test.lines.lines("request").first?["request.id"] == .string(id))
    }

    @Test("an unusable request id is replaced", arguments: ["", "with space", String(repeating: "x", count: 129), "é"])
    func badRequestID(id: String) async throws {
        try await application.test(.router) { client in
            let response = try await client.execute(uri: "/things/5", method: .get, headers: [.requestID: id])
            #expect(response.headers[.requestID] == "made-1")
        }
    }

    @Test("ids that the service makes are 32 hexadecimal digits and differ")
    func madeIDs() {
        let ids = Set((0..<100).map { _ in RequestIdentifier.random() })
        #expect(ids.count == 100)
        #expect(ids.allSatisfy { $0.utf8.count == 32 && $0.utf8.allSatisfy { $0.hexadecimalDigit != nil } })
    }

    @Test("what nobody expected becomes a 500 that says nothing and is logged once with its cause")
    func unexpected() async throws {
        try await application.test(.router) { client in
            let response = try await client.execute(uri: "/unexpected", method: .get)
            #expect(response.status == .internalServerError)
            #expect(response.json?["code"] == .string("INTERNAL_ERROR"))
            #expect(!response.text.contains("cause"))
        }
        let lines = try test.lines.lines("unexpected error")
        #expect(lines.count == 1)
        #expect(lines.first?["level"] == .string("error"))
        #expect(lines.first?["error"] == .string("the cause of it"))
        #expect(lines.first?["request.id"] == .string("made-1"))
    }

    @Test("errors of other modules are mapped, and a mapped one is not logged as unexpected")
    func mapped() async throws {
        try await application.test(.router) { client in
            let busy = try await client.execute(uri: "/busy", method: .get)
            #expect(busy.status == .serviceUnavailable)
            #expect(busy.json?["code"] == .string("SERVICE_BUSY"))
            #expect(busy.headers[.retryAfter] == "1")
            let cancelled = try await client.execute(uri: "/cancelled", method: .get)
            #expect(cancelled.json?["code"] == .string("SERVICE_STOPPING"))
        }
        #expect(try test.lines.lines("unexpected error").isEmpty)
        #expect(
            try test.lines.lines("request").map { $0["error.code"] } == [
                .string("SERVICE_BUSY"), .string("SERVICE_STOPPING"),
            ])
    }

    @Test(
        "errors of the framework lose their texts",
        arguments: [
            ("400", 400, "BAD_REQUEST"), ("401", 401, "UNAUTHENTICATED"), ("404", 404, "NOT_FOUND"),
            ("413", 413, "PAYLOAD_TOO_LARGE"),
            ("415", 415, "UNSUPPORTED_MEDIA_TYPE"), ("416", 400, "BAD_REQUEST"),
            ("500", 500, "INTERNAL_ERROR"),
            ("x", 400, "BAD_REQUEST"),
        ])
    func framework(status: String, expected: Int, code: String) async throws {
        try await application.test(.router) { client in
            let response = try await client.execute(uri: "/framework/\(status)", method: .get)
            #expect(response.status.code == expected)
            #expect(response.json?["code"] == .string(code))
            #expect(!response.text.contains("secret"))
        }
    }

    @Test("one line per request says what was done, for whom and how long it took")
    func accessLog() async throws {
        try await application.test(.router) { client in
            _ = try await client.execute(uri: "/things/5?token=secret", method: .delete)
            _ = try await client.execute(uri: "/streamed", method: .get)
            _ = try await client.execute(uri: "/healthz", method: .get)
        }
        let lines = try test.lines.lines("request")
        try #require(lines.count == 3)
        let first = lines[0]
        #expect(first["http.method"] == .string("DELETE"))
        #expect(first["http.route"] == .string("/things/{id}"))
        #expect(first["http.status"] == .integer(200))
        #expect(first["tenant.id"] == .integer(7))
        #expect(first["level"] == .string("info"))
        #expect((first["duration_ms"]?.asDouble ?? -1) >= 0)
        #expect(first["trace.id"] == .string("00000000000000ab00000000000000ab"))
        #expect(first["hb.request.id"] == nil)
        #expect(lines[1]["http.route"] == .string("/streamed"))
        #expect(lines[2]["level"] == .string("debug"))
        #expect(!test.lines.all.joined().contains("secret"))
        #expect(
            test.meters.prometheus.render().contains(
                #"hearth_http_request_duration_seconds_count{method="DELETE",route="/things/{id}",status="2xx"} 1"#))
    }

    @Test("lines that a route logs carry the request id")
    func taskLocalLogger() async throws {
        try await application.test(.router) { client in
            _ = try await client.execute(uri: "/logged", method: .get, headers: [.requestID: "mine"])
        }
        #expect(try test.lines.lines("inside").map { $0["request.id"] } == [.string("mine")])
    }

    @Test("a trace is taken and passed on, and made when absent or malformed")
    func traces() async throws {
        let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        try await application.test(.router) { client in
            let taken = try await client.execute(uri: "/things/5", method: .get, headers: [.traceParent: header])
            #expect(taken.text.hasSuffix("00-0af7651916cd43dd8448eb211c80319c-00000000000000ab-01"))
            let made = try await client.execute(uri: "/things/5", method: .get, headers: [.traceParent: "00-nonsense"])
            #expect(made.text.hasSuffix("00-00000000000000ab00000000000000ab-00000000000000ab-00"))
        }
    }

    @Test("every answer carries the security headers, and a page may set its own")
    func securityHeaders() async throws {
        try await application.test(.router) { client in
            for path in ["/things/5", "/nothing", "/unexpected"] {
                let headers = try await client.execute(uri: path, method: .get).headers
                #expect(headers[.cacheControl] == "no-store")
                #expect(headers[.xContentTypeOptions] == "nosniff")
                #expect(headers[.referrerPolicy] == "no-referrer")
                #expect(headers[.frameOptions] == "DENY")
                #expect(headers[.contentSecurityPolicy] == "default-src 'none'; frame-ancestors 'none'")
                #expect(headers[.strictTransportSecurity] == nil)
            }
            let page = try await client.execute(uri: "/page", method: .get).headers
            #expect(page[.contentSecurityPolicy] == "default-src 'self'")
            #expect(page[.cacheControl] == "private")
        }
        try await test.build(isSecure: true) { _ in }.test(.router) { client in
            let headers = try await client.execute(uri: "/", method: .get).headers
            #expect(headers[.strictTransportSecurity] == "max-age=31536000")
        }
    }
}
