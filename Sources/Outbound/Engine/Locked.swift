import Glibc

/// A value protected by a POSIX mutex.
///
/// Not `Synchronization.Mutex`: the thread sanitizer does not see into its slow path and reports false races.
final class Locked<Value>: @unchecked Sendable {
    // Invariant: `value` is only accessed while `mutex` is held, and the mutex never moves.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private var value: Value

    init(_ value: Value) {
        self.value = value
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Runs a short operation on the value. It must not call out or take the lock again.
    func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body(&value)
    }
}
