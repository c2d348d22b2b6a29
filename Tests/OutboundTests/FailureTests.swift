import Dispatch
import Foundation
import Glibc
import Outbound
import TestSupport
import Testing

@Suite("A request that fails", .timeLimit(.minutes(1)))
struct FailureTests {
    private let short = Duration.milliseconds(300)

    @Test("a closed port is a failed connection, and nothing was sent")
    func closedPort() async throws {
        let (socket, port) = try LoopbackServer.listen(backlog: 1)
        close(socket)
        let engine = try OutboundEngine.forTests()
        let url = try TargetURL("http://127.0.0.1:\(port)/", allowsPlainHTTP: true)
        let error = await failure(of: OutboundRequest(.post, url, body: [1]), engine)
        #expect(error == .connectFailed)
        #expect(error?.isCertainlyNotSent == true)
        await engine.shutdown()
    }

    @Test("a listener whose queue is full is a timeout while connecting")
    func fullQueue() async throws {
        let (listener, port) = try LoopbackServer.listen(backlog: 0)
        var fillers: [Int32] = []
        for _ in 0..<4 { fillers.append(connectWithoutWaiting(port)) }
        defer { for socket in fillers + [listener] { close(socket) } }
        let engine = try OutboundEngine.forTests()
        let url = try TargetURL("http://127.0.0.1:\(port)/", allowsPlainHTTP: true)
        let error = await failure(of: OutboundRequest(.post, url, timeout: .seconds(20), connectTimeout: short), engine)
        #expect(error == .timeout(.connecting))
        #expect(error?.isCertainlyNotSent == true)
        await engine.shutdown()
    }

    @Test("a server that never responds is a timeout while responding, and the request may have been processed")
    func silence() async throws {
        try await withServer {
            $0.waitForClose()
        } _: { engine, server in
            let error = await failure(of: OutboundRequest(.post, try server.url(), body: [1], timeout: short), engine)
            #expect(error == .timeout(.responding))
            #expect(error?.isCertainlyNotSent == false)
        }
    }

    @Test("a server that stops in the middle of its response is a timeout while responding")
    func stall() async throws {
        try await withServer { connection in
            _ = connection.readRequest()
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
            connection.waitForClose()
        } _: { engine, server in
            let url = try server.url()
            #expect(
                await failure(of: OutboundRequest(.get, url, timeout: short), engine)
                    == .timeout(.responding))
        }
    }

    @Test("without TLS, a silent server is a timeout, and one that sends garbage a failed handshake")
    func noTLS() async throws {
        try await withServer {
            $0.waitForClose()
        } _: { engine, server in
            let request = OutboundRequest(.post, try server.url(scheme: "https"), body: [1], connectTimeout: short)
            let error = await failure(of: request, engine)
            #expect(error == .timeout(.securing))
            #expect(error?.isCertainlyNotSent == true)
        }
        try await withServer { connection in
            connection.send("HTTP/1.1 400 Bad Request\r\n\r\n")
            connection.waitForClose()
        } _: { engine, server in
            let error = await failure(of: OutboundRequest(.post, try server.url(scheme: "https"), body: [1]), engine)
            #expect(error == .tls(.handshakeFailed))
            #expect(error?.isCertainlyNotSent == true)
        }
    }

    @Test(
        "a response that is not HTTP is malformed",
        arguments: [
            "SSH-2.0-OpenSSH_9.2\r\n", "\u{0}\u{1}\u{2}\u{3}\u{4}\u{5}\u{6}\u{7}\r\n\r\n", "HTTP/9.9 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        ]
    )
    func garbage(answer: String) async throws {
        try await withServer { connection in
            _ = connection.readRequest()
            connection.send(answer)
            shutdown(connection.socket, Int32(SHUT_WR))
            connection.waitForClose()
        } _: { engine, server in
            let error = await failure(of: OutboundRequest(.post, try server.url(), body: [1]), engine)
            #expect(error == .malformedResponse)
            #expect(error?.isCertainlyNotSent == false)
        }
    }

    @Test(
        "a connection that closes too early is lost, and the request may have been processed",
        arguments: ["", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"]
    )
    func closedEarly(answer: String) async throws {
        try await withServer { connection in
            _ = connection.readRequest()
            connection.send(answer)
        } _: { engine, server in
            let error = await failure(of: OutboundRequest(.post, try server.url(), body: [1]), engine)
            #expect(error == .connectionLost)
            #expect(error?.isCertainlyNotSent == false)
        }
    }

    @Test("a reset connection is lost")
    func reset() async throws {
        try await withServer { connection in
            _ = connection.readRequest()
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(connection.socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
        } _: { engine, server in
            let url = try server.url()
            #expect(await failure(of: OutboundRequest(.post, url, body: [1]), engine) == .connectionLost)
        }
    }

    @Test(
        "a body over the limit is refused or cut off, whether its length is announced or not", arguments: [true, false])
    func largeBody(isAnnounced: Bool) async throws {
        try await withServer { connection in
            while connection.readRequest() != nil {
                let framing = isAnnounced ? "Content-Length: 4194304" : "Transfer-Encoding: chunked"
                connection.send("HTTP/1.1 200 OK\r\n\(framing)\r\n\r\n")
                for _ in 0..<256 {
                    if !isAnnounced { connection.send("4000\r\n") }
                    connection.send([UInt8](repeating: 0x61, count: 16384))
                    if !isAnnounced { connection.send("\r\n") }
                }
                if !isAnnounced { connection.send("0\r\n\r\n") }
            }
        } _: { engine, server in
            var request = OutboundRequest(.get, try server.url(), maximumResponseBytes: 65_000)
            #expect(await failure(of: request, engine) == .responseTooLarge)
            request.truncatesResponse = true
            let response = try await engine.send(request)
            #expect(response.status == 200)
            #expect(response.body.count == 65_000)
            #expect(response.isTruncated)
            request.maximumResponseBytes = 0
            #expect(try await engine.send(request).body.isEmpty)
            request.maximumResponseBytes = 4_194_304
            request.truncatesResponse = false
            #expect(try await engine.send(request).body.count == 4_194_304)
        }
    }

    @Test("too many, too long and endless headers are refused", arguments: ["lines", "line", "endless", "trailers"])
    func largeHeaders(kind: String) async throws {
        try await withServer { connection in
            _ = connection.readRequest()
            switch kind {
            case "lines": connection.send("HTTP/1.1 200 OK\r\n" + String(repeating: "a: b\r\n", count: 300) + "\r\n")
            case "line": connection.send("HTTP/1.1 200 OK\r\na: " + String(repeating: "b", count: 200_000) + "\r\n\r\n")
            case "endless": connection.send(String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: 100_000))
            default:
                connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n")
                connection.send(String(repeating: "a: b\r\n", count: 300) + "\r\n")
            }
            connection.waitForClose()
        } _: { engine, server in
            let url = try server.url()
            #expect(await failure(of: OutboundRequest(.get, url), engine) == .headersTooLarge)
        }
    }

    @Test("a request that gets no connection times out, and one beyond the queue's limit is refused")
    func waiting() async throws {
        let isBusy = DispatchSemaphore(value: 0)
        try await withServer {
            $0.maximumConnections = 1
            $0.maximumWaiting = 1
        } serve: { connection in
            _ = connection.readRequest()
            isBusy.signal()
            connection.waitForClose()
        } _: { engine, server in
            let url = try server.url()
            let first = Task { await failure(of: OutboundRequest(.get, url, timeout: .seconds(50)), engine) }
            await wait(for: isBusy)
            async let second = failure(of: OutboundRequest(.get, url, timeout: short), engine)
            async let third = failure(of: OutboundRequest(.get, url, timeout: short), engine)
            #expect(await Set([second, third]) == [.timeout(.waiting), .busy])
            first.cancel()
            #expect(await first.value == .cancelled)
        }
    }

    @Test(
        "a header that allows request smuggling is refused before anything is sent",
        arguments: [
            OutboundHeader("", "x"), OutboundHeader("A B", "x"), OutboundHeader("A:", "x"),
            OutboundHeader("A\r\nB", "x"),
            OutboundHeader("A", "x\r\nB: y"), OutboundHeader("A", "x\ny"), OutboundHeader("A", "x\0y"),
            OutboundHeader("Content-Length", "5"), OutboundHeader("transfer-encoding", "chunked"),
            OutboundHeader("Host", "x"),
        ]
    )
    func badHeader(header: OutboundHeader) async throws {
        let engine = try OutboundEngine.forTests()
        let url = try TargetURL("http://127.0.0.1:1/", allowsPlainHTTP: true)
        let error = await failure(of: OutboundRequest(.get, url, headers: [header]), engine)
        guard case .invalidRequest = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error?.isCertainlyNotSent == true)
        await engine.shutdown()
    }

    @Test("an engine without plain http refuses an http URL")
    func plainHTTP() async throws {
        let engine = try OutboundEngine.forTests { $0.allowsPlainHTTP = false }
        let url = try TargetURL("http://127.0.0.1:1/", allowsPlainHTTP: true)
        #expect(await failure(of: OutboundRequest(.get, url), engine) == .invalidRequest("plain http is not allowed"))
        await engine.shutdown()
    }

    @Test("a POST on a reused connection that breaks is retried only if that is allowed", arguments: [false, true])
    func staleConnection(mayBeSentTwice: Bool) async throws {
        let received = TestBox<[String]>([])
        try await withServer { connection in
            // The first request of a connection is answered; the second is read, and then the connection closes.
            guard let first = connection.readRequest() else { return }
            received.withLock { $0.append(first.requestLine) }
            connection.answer()
            guard let second = connection.readRequest() else { return }
            received.withLock { $0.append(second.requestLine) }
        } _: { engine, server in
            _ = try await engine.send(OutboundRequest(.get, try server.url("/warm")))
            let request = OutboundRequest(.post, try server.url("/twice"), body: [1], mayBeSentTwice: mayBeSentTwice)
            if mayBeSentTwice {
                #expect(try await engine.send(request).status == 200)
            } else {
                #expect(await failure(of: request, engine) == .connectionLost)
            }
            #expect(received.withLock { $0.filter { $0.contains("/twice") }.count } == (mayBeSentTwice ? 2 : 1))
        }
    }

    @Test("descriptions never show path, query or body")
    func descriptions() async throws {
        let url = try TargetURL("https://example.com/secret-path?token=secret")
        #expect("\(url)" == "https://example.com:443")
        let errors: [OutboundError] = [
            .refusedByPolicy(address: IPAddress("10.0.0.1"), reason: "private network"), .unresolved, .connectFailed,
            .timeout(.responding), .tls(.expired), .connectionLost, .busy, .other(code: 3),
        ]
        #expect(errors.allSatisfy { !"\($0)".isEmpty && !"\($0)".contains("(reason") })
        #expect("\(errors[0])" == "the address is not allowed: private network")
    }

    private func connectWithoutWaiting(_ port: UInt16) -> Int32 {
        let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return client
    }
}
