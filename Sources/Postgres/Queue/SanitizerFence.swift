#if THREAD_SANITIZER
import Synchronization
#endif

/// Shows the thread sanitizer the order that a continuation establishes.
///
/// On Linux the Swift runtime is not instrumented, so the sanitizer reports what a thread wrote before it resumed a
/// continuation and a task reads after it. `-Xswiftc -DTHREAD_SANITIZER` compiles these in; otherwise they are nothing.
enum SanitizerFence {
    #if THREAD_SANITIZER
    private static let counter = Atomic<Int>(0)
    #endif

    /// Before resuming.
    static func release() {
        #if THREAD_SANITIZER
        counter.add(1, ordering: .releasing)
        #endif
    }

    /// After having been resumed.
    static func acquire() {
        #if THREAD_SANITIZER
        _ = counter.load(ordering: .acquiring)
        #endif
    }
}
