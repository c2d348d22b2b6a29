import CLibCurl
import Synchronization

/// One request in progress: the data that libcurl's callbacks collect, and the continuation waiting for the answer.
final class Transfer: @unchecked Sendable {
    // Invariant: `request`, `submitted` and `isCancelled` may be read anywhere. `continuation` is set before the transfer
    // enters the inbox, whose lock publishes it. Everything else belongs to the engine's thread.
    typealias Outcome = Result<OutboundResponse, OutboundError>

    /// The maximum number of bytes and lines of headers, including informational responses and trailers.
    static let maximumHeaderBytes = 64 * 1024
    static let maximumHeaderLines = 256

    let request: OutboundRequest
    let submitted = ContinuousClock.now
    let isCancelled = Atomic<Bool>(false)
    var continuation: CheckedContinuation<Outcome, Never>?

    /// The engine's state and settings, while the transfer runs.
    var loop: EngineLoop?
    /// The easy handle, while the transfer runs.
    var easy: UnsafeMutableRawPointer?
    /// The request's header list, which libcurl does not copy.
    var headerList: UnsafeMutablePointer<curl_slist>?

    var body: [UInt8] = []
    var isTruncated = false
    var head: [UInt8] = []
    var isHeadComplete = false
    var headerBytes = 0
    var headerLines = 0
    /// The reason found by one of our callbacks; libcurl only knows that a callback aborted.
    var failure: OutboundError?
    /// The name of the resolver thread, once a lookup has begun.
    var lookupThread: String?
    var isLookupOver = false
    /// How often the request was about to be sent: more than once if a reused connection turned out to be dead.
    var requestsBegun = 0

    #if THREAD_SANITIZER
    private let handover = Atomic<Int>(0)
    #endif

    init(_ request: OutboundRequest) {
        self.request = request
    }

    /// Resumes the waiting task with its answer; only the first call has an effect.
    func answer(_ outcome: Outcome) {
        guard let waiting = continuation else { return }
        continuation = nil
        #if THREAD_SANITIZER
        handover.add(1, ordering: .releasing)
        #endif
        waiting.resume(returning: outcome)
    }

    /// Shows the thread sanitizer that the answer was handed over, because it does not see into the Swift runtime.
    func acquireAnswer() {
        #if THREAD_SANITIZER
        _ = handover.load(ordering: .acquiring)
        #endif
    }
}
