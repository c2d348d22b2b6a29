package import HearthWeb
package import Outbound

/// Limits requests per client network: an IPv4 address, or the /64 of an IPv6 host.
package struct AddressLimit: Sendable {
    private let limiter: RateLimiter<CIDR>
    private let limits: RequestLimits

    package init(_ limits: RequestLimits, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        limiter = RateLimiter(now: now)
        self.limits = limits
    }

    /// Counts one request. Does nothing if the address is unknown.
    ///
    /// - Throws: 429 if the network has reached its limit.
    package func count(_ address: IPAddress?) throws(APIError) {
        guard let network = address.flatMap(Self.network) else { return }
        if case .refused(let pause, _, _) = limiter.admit(network, limits: limits) {
            throw .rateLimited(retryAfterSeconds: pause.wholeSeconds)
        }
    }

    /// Returns whether the next request would be refused, without counting one.
    func isFull(for address: IPAddress?) -> Bool {
        guard let network = address.flatMap(Self.network) else { return false }
        return limiter.isFull(network, limits: limits)
    }

    private static func network(of address: IPAddress) -> CIDR? {
        switch address {
        case .v4: CIDR("\(address)/32")
        case .v6: CIDR("\(address)/64")
        }
    }
}
