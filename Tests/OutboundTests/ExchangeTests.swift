import Outbound
import TestSupport
import Testing

@Suite("An exchange", .timeLimit(.minutes(1)))
struct ExchangeTests {
    @Test("status, headers, body, times and address of a response are reported")
    func answer() async throws {
        try await withServer { connection in
            _ = connection.readRequest()
            connection.answer(
                "201 Created", "hello",
                headers: "Retry-After:  7 \r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nX-Fold: a\r\n b\r\n")
        } _: { engine, server in
            let response = try await engine.send(OutboundRequest(.get, try server.url()))
            #expect(response.status == 201)
            #expect(String(decoding: response.body, as: UTF8.self) == "hello")
            #expect(response.header("retry-after") == "7")
            #expect(response.header("RETRY-AFTER") == "7")
            #expect(response.header("x-fold") == "a b")
            #expect(response.header("missing") == nil)
            #expect(response.headers.filter { $0.name.lowercased() == "set-cookie" }.map(\.value) == ["a=1", "b=2"])
            #expect(!response.isTruncated)
            #expect(response.remoteAddress == "127.0.0.1")
            #expect(response.timings.total > .zero)
            #expect(response.timings.total < .seconds(30))
        }
    }

    @Test("a request is sent as given, without additions")
    func request() async throws {
        let received = TestBox<[ReceivedRequest]>([])
        try await withServer { connection in
            while let request = connection.readRequest() {
                received.withLock { $0.append(request) }
                connection.answer()
            }
        } _: { engine, server in
            let body = Array(repeating: UInt8(ascii: "x"), count: 100_000)
            let headers = [
                OutboundHeader("User-Agent", "hearth-test"), OutboundHeader("X-Empty", ""),
                OutboundHeader("X-Tab", "a\tb"),
            ]
            _ = try await engine.send(OutboundRequest(.post, try server.url("/a?b=%20c"), headers: headers, body: body))
            _ = try await engine.send(OutboundRequest(.patch, try server.url("/empty")))
            _ = try await engine.send(OutboundRequest(.delete, try server.url("/gone")))
            _ = try await engine.send(OutboundRequest(.get, try server.url("/get")))
            let requests = received.withLock { $0 }
            #expect(
                requests.map(\.requestLine) == [
                    "POST /a?b=%20c HTTP/1.1", "PATCH /empty HTTP/1.1", "DELETE /gone HTTP/1.1", "GET /get HTTP/1.1",
                ])
            let first = try #require(requests.first)
            #expect(first.body == body)
            #expect(first.header("user-agent") == "hearth-test")
            #expect(first.header("x-empty") == "")
            #expect(first.header("x-tab") == "a\tb")
            for request in requests {
                #expect(request.header("expect") == nil)
                #expect(request.header("content-type") == nil)
                #expect(request.header("accept-encoding") == nil)
                #expect(request.header("transfer-encoding") == nil)
            }
            #expect(requests[1].header("content-length") == "0")
            #expect(requests[3].header("content-length") == nil)
        }
    }

    @Test("a redirect is returned, not followed", arguments: [301, 302, 303, 307, 308])
    func redirect(status: Int) async throws {
        try await withServer { connection in
            while let request = connection.readRequest() {
                #expect(request.requestLine.contains(" /start "))
                connection.answer("\(status) Moved", "", headers: "Location: /elsewhere\r\n")
            }
        } _: { engine, server in
            let response = try await engine.send(OutboundRequest(.post, try server.url("/start"), body: [1]))
            #expect(response.status == status)
            #expect(response.header("location") == "/elsewhere")
            #expect(server.connectionCount == 1)
        }
    }

    @Test("consecutive requests share one connection")
    func reuse() async throws {
        try await withServer { connection in
            while connection.readRequest() != nil { connection.answer("200 OK", "x") }
        } _: { engine, server in
            for _ in 0..<20 {
                let url = try server.url()
                #expect(try await engine.send(OutboundRequest(.post, url, body: [1])).status == 200)
            }
            #expect(server.connectionCount == 1)
        }
    }

    @Test("a chunked body is joined, and its trailers are not headers")
    func chunked() async throws {
        try await withServer { connection in
            _ = connection.readRequest()
            connection.send(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;x=y\r\n!\r\n0\r\nRetry-After: 9\r\n\r\n"
            )
        } _: { engine, server in
            let response = try await engine.send(OutboundRequest(.get, try server.url()))
            #expect(String(decoding: response.body, as: UTF8.self) == "hello!")
            #expect(response.header("retry-after") == nil)
        }
    }

    @Test("informational responses leave nothing in the final one")
    func informational() async throws {
        try await withServer { connection in
            _ = connection.readRequest()
            connection.send("HTTP/1.1 103 Early Hints\r\nRetry-After: 9\r\n\r\n")
            connection.answer("204 No Content")
        } _: { engine, server in
            let response = try await engine.send(OutboundRequest(.get, try server.url()))
            #expect(response.status == 204)
            #expect(response.header("retry-after") == nil)
        }
    }

    @Test("a HEAD request does not wait for a body")
    func head() async throws {
        try await withServer { connection in
            let request = connection.readRequest()
            #expect(request?.requestLine == "HEAD / HTTP/1.1")
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            connection.waitForClose()
        } _: { engine, server in
            let response = try await engine.send(OutboundRequest(.head, try server.url()))
            #expect(response.status == 200)
            #expect(response.body.isEmpty)
        }
    }

    @Test("200 concurrent transfers each get their own response")
    func concurrency() async throws {
        try await withServer { connection in
            while let request = connection.readRequest() {
                connection.answer("200 OK", String(decoding: request.body, as: UTF8.self))
            }
        } _: { engine, server in
            let url = try server.url()
            let answers = try await withThrowingTaskGroup(of: (Int, String).self) { group in
                for number in 0..<200 {
                    group.addTask {
                        let response = try await engine.send(OutboundRequest(.post, url, body: Array("\(number)".utf8)))
                        return (number, String(decoding: response.body, as: UTF8.self))
                    }
                }
                return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            #expect(answers.count == 200)
            #expect(answers.allSatisfy { "\($0.key)" == $0.value })
        }
    }

    @Test("transfers beyond the number of connections wait")
    func waiting() async throws {
        try await withServer {
            $0.maximumConnections = 3
        } serve: { connection in
            while connection.readRequest() != nil { connection.answer() }
        } _: { engine, server in
            let url = try server.url()
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<60 { group.addTask { try await engine.send(OutboundRequest(.get, url)).status } }
                for try await status in group { #expect(status == 200) }
            }
            #expect(server.connectionCount <= 3)
        }
    }
}
