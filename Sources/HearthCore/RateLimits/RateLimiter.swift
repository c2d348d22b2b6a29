import Synchronization

/// One window per key, in memory: a limit costs no statement. Several processes share a limit by `HEARTH_REPLICAS`.
package final class RateLimiter<Key: Hashable & Sendable>: Sendable {
    private let replicas: Int
    private let now: @Sendable () -> ContinuousClock.Instant
    private let windows = Mutex(Windows())

    private struct Windows {
        var byKey: [Key: RequestWindow] = [:]
        /// How many there may be before those that nothing counts in are dropped. Twice as many as were left the last
        /// time, or each further key would look at all of them.
        var sweptAt = RateLimiter.capacity
        /// How often all of them were looked at.
        var sweeps = 0
    }

    private static var capacity: Int { 10_000 }

    package init(replicas: Int = 1, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.replicas = replicas
        self.now = now
    }

    /// How many windows are kept, and how often all of them were looked at.
    var figures: (count: Int, sweeps: Int) { windows.withLock { ($0.byKey.count, $0.sweeps) } }

    /// Counts one request of the key, if there is room for it.
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

    /// Whether the next request of the key would be refused. It counts nothing.
    func isFull(_ key: Key, limits: RequestLimits) -> Bool {
        let (minute, second) = limits.share(ofReplicas: replicas)
        let now = now()
        return windows.withLock { $0.byKey[key]?.isFull(at: now, minute: minute, second: second) ?? false }
    }
}
