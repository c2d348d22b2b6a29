import ServiceLifecycle

/// A loop as a service, which is cancelled when the group shuts down.
package struct BackgroundTask: Service, CustomStringConvertible {
    package let description: String
    private let body: @Sendable () async -> Void

    package init(_ name: String, body: @escaping @Sendable () async -> Void) {
        description = name
        self.body = body
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown { await body() }
    }
}
