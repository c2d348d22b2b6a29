/// How many requests one API key may make.
package struct RequestLimits: Sendable, Equatable {
    package let perMinute: Int
    package let perSecond: Int
    /// The header `RateLimit-Policy`, which is the same for every answer.
    package let policy: String

    package init(perMinute: Int, perSecond: Int) {
        self.perMinute = perMinute
        self.perSecond = perSecond
        policy = "\"minute\";q=\(perMinute);w=60, \"burst\";q=\(perSecond);w=1"
    }

    /// 240 a minute, with a burst of 10 a second.
    package static let standard = RequestLimits(perMinute: 240, perSecond: 10)

    /// At most so many within any stretch of time of that length.
    package struct Quota: Sendable, Equatable {
        let count: Int
        let window: Duration
    }

    /// What one of several equal processes may admit, so that their sum never exceeds the limit.
    ///
    /// Where there are more processes than requests in the window, each admits one in a window so much longer: the sum
    /// keeps the rate, over that longer window.
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
