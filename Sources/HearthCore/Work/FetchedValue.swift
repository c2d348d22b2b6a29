/// A cached value from another server, such as published keys or a provider's metadata.
///
/// Only one fetch runs at a time, and concurrent callers wait for it. While fetching fails, the old value is used for a bounded
/// time.
package actor FetchedValue<Value: Sendable> {
    package struct Policy: Sendable {
        /// How long a value is used before it is fetched again.
        package let freshFor: Duration
        /// How long a value is used at most while no newer one can be fetched.
        package let staleFor: Duration

        package init(freshFor: Duration, staleFor: Duration) {
            self.freshFor = freshFor
            self.staleFor = staleFor
        }
        /// The minimum time between two fetches by ``renewed()``.
        var pauseBetweenRenewals = Duration.seconds(10)
        /// How long a failure is returned without another attempt.
        var pauseAfterFailure = Duration.seconds(2)
        /// The same while an old value is used, so that not every caller waits for an unresponsive server.
        var pauseWhileStale = Duration.seconds(60)
    }

    private struct Held {
        let value: Value
        let since: ContinuousClock.Instant
    }

    private let policy: Policy
    private let now: @Sendable () -> ContinuousClock.Instant
    private let fetch: @Sendable () async throws -> Value
    private var held: Held?
    private var lastFailure: (error: any Error, at: ContinuousClock.Instant)?
    private var lastAttempt: ContinuousClock.Instant?
    private var running: Task<Value, any Error>?

    /// - Parameter fetch: must have its own timeout.
    package init(
        _ policy: Policy, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        fetch: @escaping @Sendable () async throws -> Value
    ) {
        self.policy = policy
        self.now = now
        self.fetch = fetch
    }

    /// Returns the value, fetched if there is none or it is no longer fresh.
    ///
    /// - Throws: the error of the fetch, if there is no old value that may be used.
    package func current() async throws -> Value {
        guard let held else { return try await fetched(pause: policy.pauseAfterFailure) }
        let age = held.since.duration(to: now())
        if age < policy.freshFor { return held.value }
        guard age < policy.staleFor else { return try await fetched(pause: policy.pauseAfterFailure) }
        do {
            return try await fetched(pause: policy.pauseWhileStale)
        } catch {
            return held.value
        }
    }

    /// Returns a newer value, for when the current one turned out to lack something; the current one if it was just fetched.
    package func renewed() async throws -> Value {
        if let held, let lastAttempt, lastAttempt.duration(to: now()) < policy.pauseBetweenRenewals, running == nil {
            return held.value
        }
        return try await fetched(pause: policy.pauseAfterFailure)
    }

    private func fetched(pause: Duration) async throws -> Value {
        if let running { return try await running.value }
        if let lastFailure, lastFailure.at.duration(to: now()) < pause { throw lastFailure.error }
        lastAttempt = now()
        // A task of its own, so that the cancellation of one caller does not cancel the fetch for others.
        let task = Task {
            defer { running = nil }
            do {
                let value = try await fetch()
                held = Held(value: value, since: now())
                lastFailure = nil
                return value
            } catch {
                lastFailure = (error, now())
                throw error
            }
        }
        running = task
        return try await task.value
    }
}
