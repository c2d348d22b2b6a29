package import HTTPTypes
import Synchronization

/// Facts recorded while a request is handled, for its log line.
///
/// A reference type, because contexts are values: changes to a route's copy would not reach the outer middleware.
package final class RequestFacts: Sendable {
    private struct State {
        var caller: [CallerID] = []
        var errorCode: String?
        var rateLimit: RateLimitFields?
    }

    private let state = Mutex(State())

    /// A field of the log line that names the caller.
    typealias CallerID = (field: String, id: Int64)

    /// The caller, for the log. Later values of a field replace earlier ones. A list, because a dictionary costs a request
    /// several times as much.
    var caller: [CallerID] { state.withLock(\.caller) }

    package func setCaller(_ field: String, to id: Int64) {
        state.withLock { $0.caller.append((field, id)) }
    }

    /// The caller's rate limits, once the caller is known.
    package var rateLimit: RateLimitFields? {
        get { state.withLock(\.rateLimit) }
        set { state.withLock { $0.rateLimit = newValue } }
    }

    /// The error code, if the request was refused.
    var errorCode: String? {
        get { state.withLock(\.errorCode) }
        set { state.withLock { $0.errorCode = newValue } }
    }
}

/// The headers `RateLimit-Policy` and `RateLimit` of draft-ietf-httpapi-ratelimit-headers-10.
package struct RateLimitFields: Sendable {
    package let policy: String
    let limit: String

    package init(policy: String, limit: String) {
        self.policy = policy
        self.limit = limit
    }

    package func write(to headers: inout HTTPFields) {
        headers.append(HTTPField(name: .rateLimitPolicy, value: policy))
        headers.append(HTTPField(name: .rateLimit, value: limit))
    }
}
