package import HTTPTypes
import Logging
import Synchronization

/// What becomes known while a request is handled, for the line that is logged when it is over.
///
/// A reference, because contexts are values: what a route learns in its copy would not reach the middleware outside.
package final class RequestFacts: Sendable {
    private struct State {
        var caller: Logger.Metadata = [:]
        var errorCode: String?
        var rateLimit: RateLimitFields?
    }

    private let state = Mutex(State())

    /// Who is calling, for the log.
    var caller: Logger.Metadata { state.withLock(\.caller) }

    package func setCaller(_ key: String, to value: Int64) {
        state.withLock { $0.caller[key] = .stringConvertible(value) }
    }

    /// The caller's limits, once the caller is known.
    package var rateLimit: RateLimitFields? {
        get { state.withLock(\.rateLimit) }
        set { state.withLock { $0.rateLimit = newValue } }
    }

    /// The code of the refusal, if the request was refused.
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
