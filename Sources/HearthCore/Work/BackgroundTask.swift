import Logging
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

/// Runs `body` to completion even if the calling task has been or is cancelled. Database calls in a cancelled task fail, so a
/// lease would not be released and a newly issued token would be lost. The caller waits for `body`, which inherits task-local
/// values.
package func uncancelled<Value: Sendable>(
    _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    // Not structured: a child task would be cancelled with its parent.
    try await Task { try await body() }.value
}

/// Cleans up after a failure, even in a cancelled task. An error of `body` is logged rather than thrown, because the caller
/// reports its own error.
package func cleanUp(_ what: String, _ body: @escaping @Sendable () async throws -> Void) async {
    do { try await uncancelled(body) } catch {
        Logger.current.warning(
            "Could not clean up after a failure", metadata: ["what": "\(what)", "error": "\(error)"])
    }
}
