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
