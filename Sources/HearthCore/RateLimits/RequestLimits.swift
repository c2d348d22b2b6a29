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
