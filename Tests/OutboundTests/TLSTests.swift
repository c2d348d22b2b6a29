import Foundation
import Outbound
import Testing

@Suite("TLS", .timeLimit(.minutes(2)))
struct TLSTests {
    @Test("a certificate of a private authority is trusted only with the file")
    func privateAuthority() async throws {
        try await withTLSServer(subjectAlternativeName: "DNS:localhost,IP:127.0.0.1") { port, certificate in
            let url = try TargetURL("https://localhost:\(port)/")
            let byAddress = try TargetURL("https://127.0.0.1:\(port)/")

            let trusting = try OutboundEngine.forTests { $0.caFile = certificate }
            #expect(try await trusting.send(OutboundRequest(.get, url)).status == 200)
            #expect(try await trusting.send(OutboundRequest(.get, byAddress)).status == 200)
            await trusting.shutdown()

            let strict = try OutboundEngine.forTests()
            let error = await failure(of: OutboundRequest(.get, url), strict)
            #expect(error == .tls(.untrusted))
            #expect(error?.isCertainlyNotSent == true)
            await strict.shutdown()
        }
    }

    @Test("a certificate file is trusted in addition to the system's certificates")
    func besideTheSystem() async throws {
        let names = "DNS:localhost"
        try await withTLSServer(subjectAlternativeName: names) { systems, systemCertificate in
            let folder = try await Self.hashed(systemCertificate)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            try await withTLSServer(subjectAlternativeName: names) { own, ownCertificate in
                let bySystem = OutboundRequest(.get, try TargetURL("https://localhost:\(systems)/"))
                let byFile = OutboundRequest(.get, try TargetURL("https://localhost:\(own)/"))

                let plain = try OutboundEngine.forTests { $0.systemCertificates = folder }
                #expect(try await plain.send(bySystem).status == 200)
                #expect(await failure(of: byFile, plain) == .tls(.untrusted))
                await plain.shutdown()

                let both = try OutboundEngine.forTests {
                    $0.systemCertificates = folder
                    $0.caFile = ownCertificate
                }
                #expect(try await both.send(byFile).status == 200)
                #expect(try await both.send(bySystem).status == 200)
                await both.shutdown()
            }
        }
    }

    /// Returns a folder with the certificate under its hash, like the system's.
    private static func hashed(_ certificate: String) async throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "outbound-trust-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: certificate, toPath: folder.appending(path: "system.pem").path)
        let hashing = try await ChildProcess("/usr/bin/openssl", ["rehash", folder.path]).result()
        try #require(hashing.status == 0, "\(hashing.output)")
        return folder.path
    }

    @Test("a certificate for another host is refused, even if trusted")
    func wrongHost() async throws {
        try await withTLSServer(subjectAlternativeName: "DNS:other.example") { port, certificate in
            let engine = try OutboundEngine.forTests { $0.caFile = certificate }
            let url = try TargetURL("https://localhost:\(port)/")
            #expect(await failure(of: OutboundRequest(.get, url), engine) == .tls(.wrongHost))
            await engine.shutdown()
        }
    }

    @Test("allowing HTTP/2 does not require it")
    func http1WithHTTP2Allowed() async throws {
        try await withTLSServer(subjectAlternativeName: "DNS:localhost") { port, certificate in
            let engine = try OutboundEngine.forTests {
                $0.caFile = certificate
                $0.allowsHTTP2 = true
            }
            let url = try TargetURL("https://localhost:\(port)/")
            #expect(try await engine.send(OutboundRequest(.get, url)).status == 200)
            await engine.shutdown()
        }
    }

    /// Runs OpenSSL's test server with a fresh certificate, on a port that it chooses itself.
    private func withTLSServer(
        subjectAlternativeName: String, _ body: (UInt16, String) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "outbound-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let key = folder.appending(path: "key.pem").path
        let certificate = folder.appending(path: "certificate.pem").path
        let creation = try ChildProcess(
            "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", "/CN=\(UUID().uuidString)", "-addext", "subjectAltName=\(subjectAlternativeName)", "-keyout",
                key,
                "-out", certificate,
            ])
        let created = await creation.result()
        try #require(created.status == 0, "\(created.output)")

        let server = try ChildProcess(
            "/usr/bin/openssl", ["s_server", "-accept", "127.0.0.1:0", "-key", key, "-cert", certificate, "-www"])
        // The line is "ACCEPT 127.0.0.1:<port>".
        let line = await server.line(beginningWith: "ACCEPT")
        do {
            let port = try #require(line?.split(separator: ":").last.flatMap { UInt16($0) })
            try await body(port, certificate)
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }
}
