/// A value that is fetched from elsewhere and kept: published keys, a provider's metadata.
///
/// Only one fetch runs at a time; whoever asks meanwhile waits for it. While fetching fails, the former value serves on
/// for a bounded time.
package actor FetchedValue<Value: Sendable> {
    package struct Policy: Sendable {
        /// How long a value is used without asking for a newer one.
        package let freshFor: Duration
        /// How long a value serves at most while no newer one can be had.
        package let staleFor: Duration

        package init(freshFor: Duration, staleFor: Duration) {
            self.freshFor = freshFor
            self.staleFor = staleFor
        }
        /// The least time between two fetches that ``renewed()`` causes.
        var pauseBetweenRenewals = Duration.seconds(10)
        /// How long a failure is answered without trying again.
        var pauseAfterFailure = Duration.seconds(2)
        /// The same while a former value serves, so that not every caller waits for an endpoint that hangs.
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

    /// - Parameter fetch: bounds its own time.
    package init(
        _ policy: Policy, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        fetch: @escaping @Sendable () async throws -> Value
    ) {
        self.policy = policy
        self.now = now
        self.fetch = fetch
    }

    /// The value, fetched when there is none or the one there has had its time.
    ///
    /// - Throws: the error of the fetch, when no former value may serve.
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

    /// A newer value than one that turned out to lack something; the same one when it was fetched just now.
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
        // A task of its own: a caller who gives up ends the fetch for nobody else.
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
