package import HTTPTypes
import Logging
import Synchronization

/// Facts recorded while a request is handled, for its log line.
///
/// A reference type, because contexts are values: changes to a route's copy would not reach the outer middleware.
package final class RequestFacts: Sendable {
    private struct State {
        var caller: Logger.Metadata = [:]
        var errorCode: String?
        var rateLimit: RateLimitFields?
    }

    private let state = Mutex(State())

    /// The caller, for the log.
    var caller: Logger.Metadata { state.withLock(\.caller) }

    package func setCaller(_ key: String, to value: Int64) {
        state.withLock { $0.caller[key] = .stringConvertible(value) }
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
