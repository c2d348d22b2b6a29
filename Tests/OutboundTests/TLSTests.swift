import Foundation
import Outbound
import Testing

@Suite("TLS", .timeLimit(.minutes(2)))
struct TLSTests {
    @Test("a certificate of a private authority is trusted through the file alone")
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

    @Test("a certificate for another host is refused, trusted or not")
    func wrongHost() async throws {
        try await withTLSServer(subjectAlternativeName: "DNS:other.example") { port, certificate in
            let engine = try OutboundEngine.forTests { $0.caFile = certificate }
            let url = try TargetURL("https://localhost:\(port)/")
            #expect(await failure(of: OutboundRequest(.get, url), engine) == .tls(.wrongHost))
            await engine.shutdown()
        }
    }

    @Test("HTTP/2 is spoken where it is allowed and offered, on one connection")
    func http1WithHTTP2Allowed() async throws {
        // The server here offers HTTP/1.1 only: allowing more must not require it.
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
        let creation = try start([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
            "/CN=test",
            "-addext", "subjectAltName=\(subjectAlternativeName)", "-keyout", key, "-out", certificate,
        ])
        creation.process.waitUntilExit()
        try #require(creation.process.terminationStatus == 0)

        let server = try start(["s_server", "-accept", "127.0.0.1:0", "-key", key, "-cert", certificate, "-www"])
        defer {
            server.process.terminate()
            server.process.waitUntilExit()
        }
        try await body(try #require(announcedPort(server.output)), certificate)
    }

    private func start(_ arguments: [String]) throws -> (process: Process, output: FileHandle) {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = arguments
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        return (process, pipe.fileHandleForReading)
    }

    /// Reads the server's output up to the line `ACCEPT 127.0.0.1:<port>`.
    private func announcedPort(_ output: FileHandle) throws -> UInt16? {
        var text = ""
        while let data = try output.read(upToCount: 1), !data.isEmpty {
            text += String(decoding: data, as: UTF8.self)
            if text.hasSuffix("\n"), let line = text.split(separator: "\n").last, line.hasPrefix("ACCEPT") {
                return line.split(separator: ":").last.flatMap { UInt16($0) }
            }
        }
        return nil
    }
}
