import Glibc
import TestSupport
import Testing

@testable import Outbound

@Suite("The guard", .timeLimit(.minutes(1)))
struct GuardTests {
    @Test(
        "every spelling of this host is refused before a connection is made",
        arguments: [
            "127.0.0.1", "localhost", "LOCALHOST", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "0x7f000001", "[::1]",
            "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0", "0.0.0.0", "[::]",
        ]
    )
    func loopbackSpellings(host: String) async throws {
        try await withServer {
            $0.policy = .publicOnly
        } serve: {
            $0.waitForClose()
        } _: { engine, server in
            for scheme in ["http", "https"] {
                let request = OutboundRequest(
                    .post, try server.url(host: host, scheme: scheme), body: [1], timeout: .seconds(5))
                let error = await failure(of: request, engine)
                guard case .refusedByPolicy(let address, _) = error else {
                    Issue.record("\(String(describing: error))")
                    continue
                }
                // A name is refused before it is resolved.
                #expect((address == nil) == (host.lowercased() == "localhost"))
                #expect(error?.isCertainlyNotSent == true)
            }
            #expect(server.connectionCount == 0)
        }
    }

    @Test("a metadata address is refused even by an unrestricted engine")
    func metadata() async throws {
        let engine = try OutboundEngine.forTests { $0.policy = .unrestricted }
        let url = try TargetURL("http://169.254.169.254/latest/meta-data/", allowsPlainHTTP: true)
        #expect(
            await failure(of: OutboundRequest(.get, url), engine)
                == .refusedByPolicy(address: IPAddress("169.254.169.254"), reason: "metadata service"))
        await engine.shutdown()
    }

    @Test("the check before each request refuses addresses that the check before the connection did not see")
    func beforeRequest() throws {
        let transfer = Transfer(OutboundRequest(.get, try TargetURL("https://example.com/")))
        transfer.loop = EngineLoop(.init(name: "unused"), try #require(Inbox()))
        defer { transfer.loop = nil }
        func verdict(_ address: String) -> Int32 {
            let context = Unmanaged.passUnretained(transfer).toOpaque()
            let text = strdup(address)
            defer { free(text) }
            return TransferCallbacks.requestBegins(context, text, nil, 443, 50000)
        }
        #expect(verdict("8.8.8.8") == 0)
        #expect(transfer.failure == nil)
        #expect(transfer.requestsBegun == 1)
        #expect(verdict("10.0.0.1") != 0)
        #expect(transfer.failure == .refusedByPolicy(address: IPAddress("10.0.0.1"), reason: "private network"))
        #expect(verdict("8.8.8.8") != 0, "one refused address is enough")
        transfer.failure = nil
        #expect(verdict("not an address") != 0)
        #expect(verdict("/tmp/socket") != 0)
        withExtendedLifetime(transfer) {}
    }

    @Test("proxies of the environment are not used")
    func proxies() async throws {
        // The variables are set in a separate process, because they would affect all other tests of this one.
        await #expect(processExitsWith: .success) {
            let proxy = try LoopbackServer { connection in
                _ = connection.readRequest()
                connection.answer("502 Bad Gateway")
            }
            for name in ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
                setenv(name, "http://127.0.0.1:\(proxy.port)", 1)
            }
            setenv("no_proxy", "", 1)
            let server = try LoopbackServer { connection in
                _ = connection.readRequest()
                connection.answer("200 OK")
            }
            let engine = try OutboundEngine.forTests()
            let response = try await engine.send(OutboundRequest(.get, try server.url()))
            let secure = try? await engine.send(OutboundRequest(.get, try server.url(scheme: "https")))
            await engine.shutdown()
            exit(response.status == 200 && secure == nil && proxy.connectionCount == 0 ? 0 : 1)
        }
    }

    @Test("an explicit proxy is used, and a refused CONNECT is a failed connection")
    func explicitProxy() async throws {
        let requests = TestBox<[String]>([])
        try await withServer { _ in
        } serve: { connection in
            guard let request = connection.readRequest() else { return }
            requests.withLock { $0.append(request.requestLine) }
            connection.answer(request.requestLine.hasPrefix("CONNECT") ? "403 Forbidden" : "200 OK")
        } _: { _, proxy in
            let engine = try OutboundEngine.forTests { $0.proxy = "http://127.0.0.1:\(proxy.port)" }
            let plain = try TargetURL("http://graph.example/x", allowsPlainHTTP: true)
            #expect(try await engine.send(OutboundRequest(.get, plain)).status == 200)
            let secure = try TargetURL("https://graph.example/x")
            let error = await failure(of: OutboundRequest(.post, secure, body: [1]), engine)
            #expect(error == .connectFailed)
            #expect(
                requests.withLock { $0 } == [
                    "GET http://graph.example/x HTTP/1.1", "CONNECT graph.example:443 HTTP/1.1",
                ])
            await engine.shutdown()
        }
    }
}
