import Synchronization

/// Keeps one window per key in memory, so that a limit costs no statement. `HEARTH_REPLICAS` processes share a limit.
package final class RateLimiter<Key: Hashable & Sendable>: Sendable {
    private let replicas: Int
    private let now: @Sendable () -> ContinuousClock.Instant
    private let windows = Mutex(Windows())

    private struct Windows {
        var byKey: [Key: RequestWindow] = [:]
        /// The number of windows at which idle ones are removed: twice as many as remained the last time, or else every new
        /// key would cause a sweep.
        var sweptAt = RateLimiter.capacity
        /// The number of sweeps so far.
        var sweeps = 0
    }

    private static var capacity: Int { 10_000 }

    package init(replicas: Int = 1, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.replicas = replicas
        self.now = now
    }

    /// The number of windows and of sweeps, for tests.
    var figures: (count: Int, sweeps: Int) { windows.withLock { ($0.byKey.count, $0.sweeps) } }

    /// Counts one request of the key, if it is within the limits.
    package func admit(_ key: Key, limits: RequestLimits) -> RequestWindow.Verdict {
        let (minute, second) = limits.share(ofReplicas: replicas)
        let now = now()
        return windows.withLock { windows in
            if windows.byKey.count >= windows.sweptAt, windows.byKey[key] == nil {
                windows.byKey = windows.byKey.filter { !$0.value.isIdle(at: now, minute: minute) }
                windows.sweptAt = max(Self.capacity, windows.byKey.count * 2)
                windows.sweeps += 1
            }
            return windows.byKey[key, default: RequestWindow()].admit(at: now, minute: minute, second: second)
        }
    }

    /// Returns whether the next request of the key would be refused, without counting one.
    func isFull(_ key: Key, limits: RequestLimits) -> Bool {
        let (minute, second) = limits.share(ofReplicas: replicas)
        let now = now()
        return windows.withLock { $0.byKey[key]?.isFull(at: now, minute: minute, second: second) ?? false }
    }
}
