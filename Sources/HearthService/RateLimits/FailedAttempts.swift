import Outbound

/// Counts failed authentications by address: over 20 a minute, further failing ones get 429. A valid key is never
/// refused for its neighbours' failures.
struct FailedAttempts: Sendable {
    private let limiter = RateLimiter<CIDR>()
    private static let limits = RequestLimits(perMinute: 20, perSecond: 20)

    /// - Throws: 429 when the address has failed too often.
    func count(_ address: IPAddress?) throws(APIError) {
        guard let network = address.flatMap(Self.network) else { return }
        if case .refused(let pause, _, _) = limiter.admit(network, limits: Self.limits) {
            throw .rateLimited(retryAfterSeconds: Int(pause.components.seconds) + 1)
        }
    }

    /// An IPv6 host has a whole /64 to itself.
    private static func network(of address: IPAddress) -> CIDR? {
        switch address {
        case .v4: CIDR("\(address)/32")
        case .v6: CIDR("\(address)/64")
        }
    }
}
