package import HearthWeb
package import Outbound

/// Counts what comes from each client network: an IPv4 address, or the /64 that one IPv6 host has to itself.
package struct AddressLimit: Sendable {
    private let limiter: RateLimiter<CIDR>
    private let limits: RequestLimits

    package init(_ limits: RequestLimits, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        limiter = RateLimiter(now: now)
        self.limits = limits
    }

    /// Where the address is not known, nothing is counted.
    ///
    /// - Throws: 429 when the network has no more room.
    package func count(_ address: IPAddress?) throws(APIError) {
        guard let network = address.flatMap(Self.network) else { return }
        if case .refused(let pause, _, _) = limiter.admit(network, limits: limits) {
            throw .rateLimited(retryAfterSeconds: pause.wholeSeconds)
        }
    }

    /// Whether one more would be refused. It counts nothing.
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
