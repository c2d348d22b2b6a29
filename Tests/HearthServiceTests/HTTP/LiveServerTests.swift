import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import StrictJSON
import Synchronization
import Testing

@testable import HearthWeb

/// The limits over real sockets, shortened. Every test ends when the server closes the connection.
@Suite("The server against slow and greedy clients", .timeLimit(.minutes(5)))
struct LiveServerTests {
    private let test = TestApplication()
    private let bodies = Bodies.Seen()
    /// Yields when an answer could not be written completely.
    private let cut = AsyncStream.makeStream(of: Void.self)

    private var router: Router<AppContext> {
        test.router { router in
            router.post("echo") { [bodies] request, context in
                let body = try await Body.read(request, context: context)
                bodies.append(Bodies.text(body))
                return Envelope.response(code: "ECHO", message: "Echo") { $0.value(body.value) }
            }
            router.get("big") { [cut] _, _ in
                // Far more than the buffers of both sockets hold.
                Response(
                    status: .ok,
                    body: ResponseBody { writer in
                        do {
                            for _ in 0..<1_000 { try await writer.write(ByteBuffer(repeating: 0x61, count: 65_536)) }
                            try await writer.finish(nil)
                        } catch {
                            cut.continuation.yield()
                            throw error
                        }
                    })
            }
            router.get("small") { _, _ in "small" }
        }
    }

    private func short(
        head: TimeAmount = .hours(1), body: TimeAmount = .hours(1), stall: TimeAmount = .hours(1),
        idle: TimeAmount = .hours(1)
    ) -> ServerLimits {
        var limits = ServerLimits()
        limits.headTimeout = head
        limits.bodyTimeout = body
        limits.stallTimeout = stall
        limits.idleTimeout = idle
        return limits
    }

    @Test("a connection that says nothing is cut")
    func silent() async throws {
        try await withServer(router: router, limits: short(head: .milliseconds(100)), logger: test.lines.logger()) {
            port in
            let rest = try await RawConnection(port: port).readToEnd()
            #expect(rest == "")
        }
    }

    @Test("a head that never ends is cut, although bytes keep coming")
    func drippingHead() async throws {
        try await withServer(router: router, limits: short(head: .milliseconds(300)), logger: test.lines.logger()) {
            port in
            let connection = try RawConnection(port: port)
            try await connection.write("GET /small HTTP/1.1\r\nHost: a\r\n")
            async let answer = connection.readToEnd()
            // Each byte restarts an idle timer; only a limit for the whole head ends this.
            var isOpen = true
            while isOpen {
                do {
                    try await connection.write("X")
                    try await Task.sleep(for: .milliseconds(10))
                } catch {
                    isOpen = false
                }
            }
            let rest = try await answer
            #expect(rest == "")
        }
    }

    @Test("so is the second head of a connection")
    func drippingSecondHead() async throws {
        try await withServer(router: router, limits: short(head: .milliseconds(200)), logger: test.lines.logger()) {
            port in
            let connection = try RawConnection(port: port)
            try await connection.write("GET /small HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await connection.read(until: "small").hasPrefix("HTTP/1.1 200 OK\r\n"))
            try await connection.write("GET /sm")
            let rest = try await connection.readToEnd()
            #expect(rest == "")
        }
    }

    @Test("a body that never ends is cut, and the route sees nothing of it")
    func drippingBody() async throws {
        try await withServer(router: router, limits: short(body: .milliseconds(200)), logger: test.lines.logger()) {
            port in
            let connection = try RawConnection(port: port)
            try await connection.write(
                "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\na=1"
            )
            _ = try await connection.readToEnd()
        }
        #expect(bodies.all.isEmpty)
    }

    @Test(
        "a body that is cut off is never taken for a whole one",
        arguments: [
            "Content-Length: 100\r\n\r\na=1", "Transfer-Encoding: chunked\r\n\r\n3\r\na=1\r\n",
            "Transfer-Encoding: chunked\r\n\r\n9\r\na=1",
        ])
    func truncatedBody(rest: String) async throws {
        try await withServer(router: router, logger: test.lines.logger()) { port in
            let connection = try RawConnection(port: port)
            try await connection.write(
                "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n" + rest)
            connection.finishWriting()
            #expect(!(try await connection.readToEnd()).hasPrefix("HTTP/1.1 2"))
        }
        #expect(bodies.all.isEmpty)
        #expect(try test.lines.lines("unexpected error").isEmpty)
    }

    @Test("a body that cannot be parsed gets 400, and its line in the log")
    func malformedBody() async throws {
        try await withServer(router: router, logger: test.lines.logger()) { port in
            let connection = try RawConnection(port: port)
            try await connection.write(
                "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nno size\r\n"
            )
            #expect(try await connection.readToEnd().hasPrefix("HTTP/1.1 400 "))
        }
        let line = try #require(try test.lines.lines("request").first)
        #expect(line["http.route"] == .string("/echo"))
        #expect(line["http.status"] == .integer(400))
        #expect(line["http.incomplete"] == .bool(true))
    }

    @Test("a connection that is idle between requests is closed")
    func idle() async throws {
        try await withServer(router: router, limits: short(idle: .milliseconds(200)), logger: test.lines.logger()) {
            port in
            let connection = try RawConnection(port: port)
            try await connection.write("GET /small HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await connection.readToEnd().hasSuffix("small"))
        }
    }

    @Test("a client that takes nothing of its answer is cut")
    func stalled() async throws {
        try await withServer(router: router, limits: short(stall: .milliseconds(200)), logger: test.lines.logger()) {
            port in
            let connection = try RawConnection(port: port)
            try await connection.write("GET /big HTTP/1.1\r\nHost: a\r\n\r\n")
            var cuts = cut.stream.makeAsyncIterator()
            await cuts.next()
            let received = try await connection.readToEnd()
            #expect(received.utf8.count < 64_000_000)
        }
        let line = try #require(try test.lines.lines("request").first)
        #expect(line["http.incomplete"] == .bool(true))
    }

    @Test("pipelined requests are answered in order, and too many are cut")
    func pipelining() async throws {
        try await withServer(router: router, logger: test.lines.logger()) { port in
            let few = try RawConnection(port: port)
            try await few.write(
                String(repeating: "GET /small HTTP/1.1\r\nHost: a\r\n\r\n", count: 10)
                    + "GET /none HTTP/1.1\r\nHost: a\r\n\r\n")
            let answers = try await few.read(until: "NOT_FOUND")
            #expect(answers.components(separatedBy: "HTTP/1.1 200 OK").count == 11)
            let many = try RawConnection(port: port)
            try? await many.write(String(repeating: "GET /small HTTP/1.1\r\nHost: a\r\n\r\n", count: 100_000))
            let received = try await many.readToEnd()
            #expect(received.components(separatedBy: "HTTP/1.1 200 OK").count < 100_000)
        }
    }

    @Test("more connections than allowed wait until one is closed")
    func connections() async throws {
        var limits = short()
        limits.maximumConnections = 2
        try await withServer(router: router, limits: limits, logger: test.lines.logger()) { port in
            let first = try RawConnection(port: port)
            var second: RawConnection? = try RawConnection(port: port)
            for connection in [first, second].compactMap(\.self) {
                try await connection.write("GET /small HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try await connection.read(until: "small")
            }
            let third = try RawConnection(port: port)
            try await third.write("GET /none HTTP/1.1\r\nHost: a\r\n\r\n")
            // Enough time for the third to be answered, if the server accepted it.
            for _ in 0..<300 {
                try await first.write("GET /small HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try await first.read(until: "small")
            }
            #expect(try test.lines.lines("request").allSatisfy { $0["http.status"] == .integer(200) })
            second?.finishWriting()
            second = nil
            #expect(try await third.read(until: "NOT_FOUND").hasPrefix("HTTP/1.1 404"))
        }
    }

    @Test("a body of 10 MB is refused at once and the connection can go on", arguments: [true, false])
    func tooLarge(announced: Bool) async throws {
        try await withServer(router: router, logger: test.lines.logger()) { port in
            let connection = try RawConnection(port: port)
            let size = 10 * 1024 * 1024
            let framing = announced ? "Content-Length: \(size)" : "Transfer-Encoding: chunked"
            try await connection.write(
                "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n\(framing)\r\n\r\n")
            async let answer = connection.read(until: "request_id")
            let body = String(repeating: " ", count: size)
            try await connection.write(announced ? body : "\(String(size, radix: 16))\r\n\(body)\r\n0\r\n\r\n")
            #expect(try await answer.contains(#""code":"PAYLOAD_TOO_LARGE""#))
            try await connection.write("GET /small HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await connection.read(until: "small").contains("200 OK"))
        }
        #expect(bodies.all.isEmpty)
    }

    @Test("a client that waits for permission to send its body gets it, unless the body is too large")
    func expectContinue() async throws {
        try await withServer(router: router, logger: test.lines.logger()) { port in
            let head =
                "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: "
            let connection = try RawConnection(port: port)
            try await connection.write(head + "7\r\n\r\n")
            #expect(try await connection.read(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
            try await connection.write(#"{"a":1}"#)
            #expect(try await connection.read(until: "}}").hasPrefix("HTTP/1.1 200 OK\r\n"))
            let large = try RawConnection(port: port)
            try await large.write(head + "9999999\r\n\r\n")
            #expect(try await large.read(until: "request_id").hasPrefix("HTTP/1.1 413 "))
        }
        #expect(bodies.all == [#"{"a":1}"#])
    }

    @Test(
        "heads that are too large or malformed get 400",
        arguments: [
            "GET /small HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "x", count: 20_000) + "\r\n\r\n",
            "GET /small HTTP/1.1\r\nHost: a\r\n" + (0..<200).map { "X\($0): y\r\n" }.joined() + "\r\n",
            "GET /small HTTP/1.1\r\nHost: a\r\n"
                + (0..<50).map { "X\($0): " + String(repeating: "y", count: 2_000) + "\r\n" }.joined() + "\r\n",
            "GET /" + String(repeating: "x", count: 200_000) + " HTTP/1.1\r\nHost: a\r\n\r\n", "nonsense\r\n\r\n",
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\na=1",
        ])
    func badHead(head: String) async throws {
        try await withServer(router: router, logger: test.lines.logger()) { port in
            let connection = try RawConnection(port: port)
            try? await connection.write(head)
            let answer = try await connection.read(until: "\r\n\r\n")
            #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 400 "), "\(answer.prefix(100))")
        }
    }
}

extension Bodies {
    /// The bodies that routes have read.
    final class Seen: Sendable {
        private let state = Mutex<[String]>([])

        var all: [String] { state.withLock { $0 } }

        func append(_ text: String) {
            state.withLock { $0.append(text) }
        }
    }
}
