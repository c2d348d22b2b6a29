import Foundation
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import Testing

@testable import HearthWeb

@Suite("TLS", .timeLimit(.minutes(1)))
struct TLSServerTests {
    private let test = TestApplication()

    /// Creates a self-signed certificate for localhost with openssl.
    private func makeFiles() throws -> (TLSFiles, URL) {
        let folder = FileManager.default.temporaryDirectory.appending(path: "hearth-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let files = TLSFiles(
            certificate: folder.appending(path: "certificate.pem").path(), key: folder.appending(path: "key.pem").path()
        )
        let openssl = Process()
        openssl.executableURL = URL(filePath: "/usr/bin/env")
        openssl.arguments = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
            "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", files.key, "-out",
            files.certificate,
        ]
        openssl.standardError = FileHandle.nullDevice
        try openssl.run()
        openssl.waitUntilExit()
        try #require(openssl.terminationStatus == 0)
        return (files, folder)
    }

    /// Sends one request over TLS and returns the response.
    private func get(port: Int, trusting certificate: String, maximum: TLSVersion?) async throws -> String {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .file(certificate)
        configuration.maximumTLSVersion = maximum
        let context = try NIOSSLContext(configuration: configuration)
        let client = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        NIOSSLClientHandler(context: context, serverHostname: "localhost"))
                    return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await client.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: "GET /small HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))
            var answer = ""
            for try await part in inbound {
                answer += String(buffer: part)
                if answer.hasSuffix("small") { break }
            }
            return answer
        }
    }

    @Test("the server speaks TLS 1.3 and nothing older, and cuts a handshake that does not begin")
    func versions() async throws {
        let (files, folder) = try makeFiles()
        defer { try? FileManager.default.removeItem(at: folder) }
        var limits = ServerLimits()
        limits.headTimeout = .seconds(5)
        let router = test.router { $0.get("small") { _, _ in "small" } }
        try await withServer(router: router, limits: limits, tls: files, logger: test.lines.logger()) { port in
            let answer = try await get(port: port, trusting: files.certificate, maximum: nil)
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
            await #expect(throws: (any Error).self) {
                try await get(port: port, trusting: files.certificate, maximum: .tlsv12)
            }
            let silent = try await RawConnection(port: port).readToEnd()
            #expect(silent == "")
        }
    }

    @Test("files that cannot be read stop the start")
    func missing() {
        #expect(throws: (any Error).self) {
            try makeServer(
                limits: ServerLimits(), tls: TLSFiles(certificate: "/nonexistent", key: "/nonexistent"),
                logger: Logger(label: "tests"))
        }
    }
}
