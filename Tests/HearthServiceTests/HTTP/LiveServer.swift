import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

@testable import HearthWeb

/// Runs a server on an ephemeral port for the duration of a test.
func withServer<Result: Sendable>(
    router: Router<AppContext>, limits: ServerLimits = ServerLimits(), tls: TLSFiles? = nil, logger: Logger,
    _ test: @escaping @Sendable (_ port: Int) async throws -> Result
) async throws -> Result {
    let (ports, port) = AsyncStream.makeStream(of: Int.self)
    let application = try makeApplication(
        router: router, address: .hostname("127.0.0.1", port: 0), limits: limits, tls: tls, logger: logger
    ) { channel in
        port.yield(channel.localAddress?.port ?? 0)
        port.finish()
    }
    let group = ServiceGroup(configuration: .init(services: [application], logger: logger))
    return try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask {
            defer { port.finish() }
            try await group.run()
        }
        var iterator = ports.makeAsyncIterator()
        guard let bound = await iterator.next() else {
            try await tasks.waitForAll()
            throw CancellationError()
        }
        let result: Swift.Result<Result, any Error>
        do {
            result = .success(try await test(bound))
        } catch {
            result = .failure(error)
        }
        await group.triggerGracefulShutdown()
        try await tasks.waitForAll()
        return try result.get()
    }
}
