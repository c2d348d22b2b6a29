import Foundation
import Glibc
import Outbound
import TestSupport
import Testing

/// A C library is put in front of `getaddrinfo`: lookups of `*.slow.test` hang until a file appears, `*.fast.test` is
/// 127.0.0.1. That takes a process of its own: the first test starts this test program again with the library loaded,
/// and that one runs the second test.
@Suite("A name server that hangs", .timeLimit(.minutes(3)))
struct SlowResolverTests {
    private static let gateVariable = "OUTBOUND_TEST_RESOLVER_GATE"

    private static let childTestName = "(in the process whose resolver hangs)"

    private static var gate: String? { ProcessInfo.processInfo.environment[gateVariable] }

    @Test("does not delay other requests, and is limited", .enabled(if: gate == nil))
    func start() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "outbound-resolver-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let source = folder.appending(path: "resolver.c")
        let library = folder.appending(path: "resolver.so").path
        try Self.resolverSource.write(to: source, atomically: true, encoding: .utf8)
        let compilation = try await ChildProcess(
            "/usr/bin/env", ["clang", "-shared", "-fPIC", "-o", library, source.path]
        ).result()
        try #require(compilation.status == 0, "\(compilation.output)")

        var environment = ProcessInfo.processInfo.environment
        environment["LD_PRELOAD"] = library
        environment[Self.gateVariable] = folder.appending(path: "open").path
        let child = try await ChildProcess(
            URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().path,
            ["--testing-library", "swift-testing", "--filter", "SlowResolverTests"], environment: environment
        ).result()
        #expect(child.status == 0, "\(child.output)")
        #expect(child.output.contains("\(Self.childTestName)\" passed"), "\(child.output)")
    }

    @Test("(in the process whose resolver hangs)", .enabled(if: gate != nil))
    func insideChild() async throws {
        let gate = try #require(Self.gate)
        let server = try LoopbackServer { connection in
            while connection.readRequest() != nil { connection.answer() }
        }
        let engine = try OutboundEngine.forTests { $0.maximumAbandonedLookups = 6 }
        func request(_ host: String, key: Int64?, _ timeout: Duration = .milliseconds(200)) throws -> OutboundRequest {
            OutboundRequest(.get, try server.url(host: host), timeout: timeout, fairnessKey: key)
        }
        #expect(try await engine.send(request("a.fast.test", key: 1, .seconds(20))).status == 200)

        // An allowed name with a refused address is refused before the connection is made.
        let strict = try OutboundEngine.forTests {
            $0.policy = AddressPolicy(allowing: [CIDR("192.0.2.0/24")].compactMap(\.self))
        }
        let connections = server.connectionCount
        #expect(
            await failure(of: try request("c.fast.test", key: 1, .seconds(20)), strict)
                == .refusedByPolicy(address: IPAddress("127.0.0.1"), reason: "loopback address"))
        #expect(server.connectionCount == connections)
        await strict.shutdown()

        // A hanging lookup makes its own request time out, and does not delay others.
        async let slow = failure(of: request("a.slow.test", key: 1, .seconds(1)), engine)
        let started = ContinuousClock.now
        for number in 0..<50 {
            #expect(try await engine.send(request("b\(number).fast.test", key: 2, .seconds(20))).status == 200)
        }
        let error = try await slow
        #expect(error == .timeout(.resolving))
        #expect(error?.isCertainlyNotSent == true)
        #expect(ContinuousClock.now - started < .seconds(15))

        // The limits are four for one key and six in all.
        for _ in 0..<3 {
            #expect(await failure(of: try request("a.slow.test", key: 1), engine) == .timeout(.resolving))
        }
        #expect(await failure(of: try request("a.slow.test", key: 1), engine) == .busy)
        #expect(await failure(of: try request("new.fast.test", key: 1), engine) == .busy)
        #expect(
            try await engine.send(request("a.fast.test", key: 1, .seconds(20))).status == 200,
            "known names need no lookup")
        let cancelled = Task { await failure(of: try request("c.slow.test", key: 2, .seconds(50)), engine) }
        while threadNames("lookup-") < 5 { await Task.yield() }
        cancelled.cancel()
        #expect(try await cancelled.value == .cancelled)
        #expect(await failure(of: try request("c.slow.test", key: 3), engine) == .timeout(.resolving))
        #expect(await failure(of: try request("new.fast.test", key: nil), engine) == .busy)
        #expect(threadNames("lookup-") == 6)

        // Once the lookups have ended, all requests are allowed again.
        _ = FileManager.default.createFile(atPath: gate, contents: nil)
        while threadNames("lookup-") > 0 { await Task.yield() }
        var status: Int?
        while status == nil {
            status = try? await engine.send(request("new.fast.test", key: 1, .seconds(20))).status
        }
        #expect(status == 200)
        #expect(try await engine.send(request("a.slow.test", key: 1, .seconds(20))).status == 200)
        await engine.shutdown()
        server.stop()
    }

    private func threadNames(_ prefix: String) -> Int {
        let folder = "/proc/self/task"
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return threads.count { thread in
            guard let name = try? String(contentsOfFile: "\(folder)/\(thread)/comm", encoding: .utf8) else {
                return false
            }
            return name.hasPrefix(prefix)
        }
    }

    private static let resolverSource = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <netdb.h>
        #include <stdlib.h>
        #include <string.h>
        #include <time.h>
        #include <unistd.h>

        typedef int resolver(const char *, const char *, const struct addrinfo *, struct addrinfo **);

        static int ends_with(const char *text, const char *end) {
            size_t length = strlen(text), end_length = strlen(end);
            return length >= end_length && strcmp(text + length - end_length, end) == 0;
        }

        int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **result) {
            resolver *real = (resolver *)dlsym(RTLD_NEXT, "getaddrinfo");
            const char *gate = getenv("\(gateVariable)");
            if (host && gate && ends_with(host, ".slow.test")) {
                struct timespec pause = {0, 5000000};
                while (access(gate, F_OK) != 0) nanosleep(&pause, NULL);
                host = "127.0.0.1";
            } else if (host && ends_with(host, ".fast.test")) {
                host = "127.0.0.1";
            }
            return real(host, service, hints, result);
        }
        """
}
