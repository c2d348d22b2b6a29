import DequeModule

/// The times of the last admitted requests of one key: an exact sliding window, so that no minute contains more than the
/// limit, wherever it begins.
package struct RequestWindow: Sendable {
    private var admitted: Deque<ContinuousClock.Instant> = []

    /// The remaining requests, and when more become available.
    package struct State: Sendable, Equatable {
        let remaining: Int
        /// The time until the oldest counted request leaves the window; zero if none is counted.
        let renewsIn: Duration
    }

    package enum Verdict: Sendable, Equatable {
        case admitted(minute: State, second: State)
        case refused(retryAfter: Duration, minute: State, second: State)
    }

    /// Returns whether no request in the window counts any more.
    func isIdle(at now: ContinuousClock.Instant, minute: RequestLimits.Quota) -> Bool {
        admitted.last.map { $0 + minute.window <= now } ?? true
    }

    /// Returns whether the next request would be refused.
    func isFull(at now: ContinuousClock.Instant, minute: RequestLimits.Quota, second: RequestLimits.Quota) -> Bool {
        max(pause(minute, at: now), pause(second, at: now)) > .zero
    }

    mutating func admit(
        at now: ContinuousClock.Instant, minute: RequestLimits.Quota, second: RequestLimits.Quota
    ) -> Verdict {
        let longest = max(minute.window, second.window)
        while let first = admitted.first, first + longest <= now { admitted.removeFirst() }
        let wait = max(pause(minute, at: now), pause(second, at: now))
        guard wait <= .zero else {
            return .refused(retryAfter: wait, minute: state(minute, at: now), second: state(second, at: now))
        }
        admitted.append(now)
        return .admitted(minute: state(minute, at: now), second: state(second, at: now))
    }

    /// Returns the time until the quota admits another request; zero if it does now.
    private func pause(_ quota: RequestLimits.Quota, at now: ContinuousClock.Instant) -> Duration {
        guard admitted.count >= quota.count else { return .zero }
        let oldest = admitted[admitted.count - quota.count]
        return max(now.duration(to: oldest + quota.window), .zero)
    }

    private func state(_ quota: RequestLimits.Quota, at now: ContinuousClock.Instant) -> State {
        // The instants are sorted, so the first that counts is found by binary search.
        var low = 0
        var high = admitted.count
        while low < high {
            let middle = (low + high) / 2
            if admitted[middle] + quota.window <= now { low = middle + 1 } else { high = middle }
        }
        let counted = admitted.count - low
        return State(
            remaining: max(quota.count - counted, 0),
            renewsIn: counted > 0 ? now.duration(to: admitted[low] + quota.window) : .zero)
    }
}
