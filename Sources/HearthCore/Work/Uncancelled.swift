import Logging

/// Runs `body` to its end although the calling task has been cancelled, or is cancelled meanwhile: what asks the database in
/// a cancelled task is cancelled itself, so a lease would not be given back and a token that was just issued would be lost.
/// The caller waits for it. Task-local values are seen in it.
package func uncancelled<Value: Sendable>(
    _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    // Not structured: a child task would be cancelled with its parent.
    try await Task { try await body() }.value
}

/// Cleans up after a failure, also in a task that has been cancelled. That the cleaning fails is logged and not thrown, since
/// the caller has an error of its own to report.
package func cleanUp(_ what: String, _ body: @escaping @Sendable () async throws -> Void) async {
    do { try await uncancelled(body) } catch {
        Logger.current.warning(
            "Cleaning up after a failure did not succeed", metadata: ["what": "\(what)", "error": "\(error)"])
    }
}
