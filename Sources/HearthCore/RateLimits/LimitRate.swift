import HearthWeb
import Hummingbird

/// Applies the rate limit of a key, answering 429 above it. Runs after `Authenticate`.
struct LimitRate: RouterMiddleware {
    /// By key id, which is unique over all tenants.
    let limiter: RateLimiter<Int64>

    func handle(
        _ request: Request, context: AppContext, next: NextResponder
    ) async throws -> Response {
        guard let identity = context.identity else { throw APIError.unauthenticated }
        let verdict = limiter.admit(identity.keyID, limits: identity.limits)
        context.facts.rateLimit = RateLimitFields(identity.limits, verdict)
        if case .refused(let pause, _, _) = verdict {
            throw APIError.rateLimited(retryAfterSeconds: pause.wholeSeconds)
        }
        return try await next(request, context)
    }
}

extension RateLimitFields {
    /// Creates the fields of every answer to a known key, including 429.
    init(_ limits: RequestLimits, _ verdict: RequestWindow.Verdict) {
        switch verdict {
        case .admitted(let minute, let second), .refused(_, let minute, let second):
            self.init(
                policy: limits.policy,
                limit:
                    "\"minute\";r=\(minute.remaining);t=\(minute.renewsIn.wholeSeconds), \"burst\";r=\(second.remaining);t=\(second.renewsIn.wholeSeconds)"
            )
        }
    }
}

extension Duration {
    /// The duration in seconds, rounded up so that a caller who waits this long is admitted.
    var wholeSeconds: Int {
        Int(components.seconds) + (components.attoseconds > 0 ? 1 : 0)
    }
}

/// The rate limits of an API key.
package struct RequestLimits: Sendable, Equatable {
    package let perMinute: Int
    package let perSecond: Int
    /// The value of the header `RateLimit-Policy`.
    package let policy: String

    package init(perMinute: Int, perSecond: Int) {
        self.perMinute = perMinute
        self.perSecond = perSecond
        policy = "\"minute\";q=\(perMinute);w=60, \"burst\";q=\(perSecond);w=1"
    }

    /// 240 a minute, with a burst of 10 a second.
    package static let standard = RequestLimits(perMinute: 240, perSecond: 10)

    /// The maximum number of requests within any period of the length `window`.
    package struct Quota: Sendable, Equatable {
        let count: Int
        let window: Duration
    }

    /// Returns the share of one of several equal processes, so that their sum never exceeds the limit.
    ///
    /// If there are more processes than requests per window, each admits one request in a proportionally longer window, so that
    /// the sum keeps the rate over that window.
    package func share(ofReplicas replicas: Int) -> (minute: Quota, second: Quota) {
        (
            Self.share(of: perMinute, window: .seconds(60), replicas: replicas),
            Self.share(of: perSecond, window: .seconds(1), replicas: replicas)
        )
    }

    private static func share(of limit: Int, window: Duration, replicas: Int) -> Quota {
        limit >= replicas
            ? Quota(count: limit / replicas, window: window)
            : Quota(count: 1, window: window * ((replicas + limit - 1) / limit))
    }
}
