import Synchronization

/// What becomes known while a request is handled, for the line that is logged when it is over.
///
/// A reference, because contexts are values: what a route learns in its copy would not reach the middleware outside.
final class RequestFacts: Sendable {
    private struct State {
        var tenantID: Int64?
        var keyID: Int64?
        var errorCode: String?
        var rateLimit: RateLimitFields?
    }

    private let state = Mutex(State())

    /// The authenticated tenant.
    var tenantID: Int64? {
        get { state.withLock(\.tenantID) }
        set { state.withLock { $0.tenantID = newValue } }
    }

    /// The id of the API key that was used.
    var keyID: Int64? {
        get { state.withLock(\.keyID) }
        set { state.withLock { $0.keyID = newValue } }
    }

    /// What the caller's limits are, once it is known who calls.
    var rateLimit: RateLimitFields? {
        get { state.withLock(\.rateLimit) }
        set { state.withLock { $0.rateLimit = newValue } }
    }

    /// The code of the refusal, if the request was refused.
    var errorCode: String? {
        get { state.withLock(\.errorCode) }
        set { state.withLock { $0.errorCode = newValue } }
    }
}
