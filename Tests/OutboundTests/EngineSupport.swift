import Dispatch
import Outbound
import TestSupport
import Testing

extension OutboundEngine {
    /// An engine for loopback servers; `change` adjusts it.
    static func forTests(_ change: (inout Configuration) -> Void = { _ in }) throws -> OutboundEngine {
        var configuration = Configuration(
            name: "outbound-test", policy: AddressPolicy(allowing: CIDR.loopback), allowsPlainHTTP: true)
        change(&configuration)
        return try OutboundEngine(configuration)
    }
}

/// Runs a body with a server and an engine, and stops both.
func withServer(
    _ change: (inout OutboundEngine.Configuration) -> Void = { _ in },
    serve: @escaping @Sendable (ServerConnection) -> Void,
    _ body: (OutboundEngine, LoopbackServer) async throws -> Void
) async throws {
    let server = try LoopbackServer(serve: serve)
    let engine = try OutboundEngine.forTests(change)
    do {
        try await body(engine, server)
    } catch {
        server.stop()
        await engine.shutdown()
        throw error
    }
    server.stop()
    await engine.shutdown()
}

extension LoopbackServer {
    func url(_ path: String = "/", host: String = "127.0.0.1", scheme: String = "http") throws -> TargetURL {
        try TargetURL("\(scheme)://\(host):\(port)\(path)", allowsPlainHTTP: true)
    }
}

/// Returns the error of a request; records an issue if it succeeds.
func failure(
    of request: OutboundRequest, _ engine: OutboundEngine, sourceLocation: SourceLocation = #_sourceLocation
) async -> OutboundError? {
    do throws(OutboundError) {
        let response = try await engine.send(request)
        Issue.record("unexpected answer with status \(response.status)", sourceLocation: sourceLocation)
        return nil
    } catch {
        return error
    }
}

/// Waits for a semaphore on a separate thread, so that no thread of the concurrency runtime is blocked.
func wait(for semaphore: DispatchSemaphore) async {
    await withCheckedContinuation { continuation in
        DispatchQueue.global().async {
            semaphore.wait()
            continuation.resume()
        }
    }
}
