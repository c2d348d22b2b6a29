import Synchronization

/// One window per key, in memory: a limit costs no statement. Several processes share a limit by `HEARTH_REPLICAS`.
final class RateLimiter<Key: Hashable & Sendable>: Sendable {
    private let replicas: Int
    private let now: @Sendable () -> ContinuousClock.Instant
    private let windows = Mutex<[Key: RequestWindow]>([:])

    /// Windows that are kept before those that nothing counts in are dropped.
    private static var capacity: Int { 10_000 }

    init(replicas: Int = 1, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.replicas = replicas
        self.now = now
    }

    /// Counts one request of the key, if there is room for it.
    func admit(_ key: Key, limits: RequestLimits) -> RequestWindow.Verdict {
        let (minute, second) = limits.share(ofReplicas: replicas)
        let now = now()
        return windows.withLock { windows in
            if windows.count >= Self.capacity, windows[key] == nil {
                windows = windows.filter { !$0.value.isIdle(at: now, minute: minute) }
            }
            return windows[key, default: RequestWindow()].admit(at: now, minute: minute, second: second)
        }
    }
}
