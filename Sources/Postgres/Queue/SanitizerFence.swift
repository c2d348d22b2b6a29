#if THREAD_SANITIZER
import Synchronization
#endif

/// Shows the thread sanitizer the ordering that a continuation establishes.
///
/// On Linux the Swift runtime is not instrumented, so the sanitizer reports a race between what a thread writes before it
/// resumes a continuation and what a task reads afterwards. `-Xswiftc -DTHREAD_SANITIZER` enables these; otherwise they do
/// nothing.
enum SanitizerFence {
    #if THREAD_SANITIZER
    private static let counter = Atomic<Int>(0)
    #endif

    /// Call before resuming.
    static func release() {
        #if THREAD_SANITIZER
        counter.add(1, ordering: .releasing)
        #endif
    }

    /// Call after having been resumed.
    static func acquire() {
        #if THREAD_SANITIZER
        _ = counter.load(ordering: .acquiring)
        #endif
    }
}
