import Glibc

/// A mutex with condition variables on the monotonic clock.
///
/// POSIX rather than `Synchronization.Mutex`, which has no condition variable and whose slow path the thread sanitizer
/// reports. `@unchecked Sendable`: the pointers never change, and POSIX allows their use from any thread.
final class Lock: @unchecked Sendable {
    fileprivate let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

    init() {
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// For sections that move noncopyable values, which a closure could not consume.
    func acquire() { pthread_mutex_lock(mutex) }
    func release() { pthread_mutex_unlock(mutex) }

    func withLock<Value, Failure: Error>(_ body: () throws(Failure) -> Value) throws(Failure) -> Value {
        acquire()
        defer { release() }
        return try body()
    }
}

/// A condition variable. `@unchecked Sendable` for the same reason.
final class Condition: @unchecked Sendable {
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let lock: Lock

    init(_ lock: Lock) {
        self.lock = lock
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        condition.deallocate()
    }

    func signal() { pthread_cond_signal(condition) }
    func broadcast() { pthread_cond_broadcast(condition) }

    /// The lock must be held. POSIX allows spurious wake-ups, so check the condition again.
    func wait(until deadline: Monotonic? = nil) {
        guard let deadline else {
            pthread_cond_wait(condition, lock.mutex)
            return
        }
        var time = timespec(
            tv_sec: Int(deadline.nanoseconds / 1_000_000_000), tv_nsec: Int(deadline.nanoseconds % 1_000_000_000))
        pthread_cond_timedwait(condition, lock.mutex, &time)
    }
}

/// An instant of the monotonic clock.
struct Monotonic: Comparable, Sendable {
    let nanoseconds: Int64

    static var now: Monotonic {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Monotonic(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    static func < (left: Monotonic, right: Monotonic) -> Bool { left.nanoseconds < right.nanoseconds }
    static func + (instant: Monotonic, duration: Duration) -> Monotonic {
        let (seconds, attoseconds) = duration.components
        return Monotonic(nanoseconds: instant.nanoseconds + seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
    static func - (left: Monotonic, right: Monotonic) -> Duration { .nanoseconds(left.nanoseconds - right.nanoseconds) }
}
