package import HearthWeb
package import Outbound

/// Limits failed authentications per client network, to stop key guessing and to bound the database reads that it causes.
///
/// 20 failures a minute are answered 401, further ones 429. A network at this limit has 120 look-ups a minute, and 5 a second,
/// for unknown keys; beyond those an unknown key is answered 429 without a read. A key that this process accepted within the
/// last hour is exempt (``KeyDirectory``): its requests are never refused because of failures of others from the same address.
/// A repeated wrong key is remembered and needs no look-up. So only a key that is new to the process may have to be sent again,
/// and only while somebody sends many different wrong keys from its address.
package struct FailedAttempts: Sendable {
    private let failures: AddressLimit
    private let lookUps: AddressLimit

    package init(now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        failures = AddressLimit(RequestLimits(perMinute: 20, perSecond: 20), now: now)
        lookUps = AddressLimit(RequestLimits(perMinute: 120, perSecond: 5), now: now)
    }

    /// Counts a failure.
    ///
    /// - Throws: 429 if the network has failed too often.
    package func count(_ address: IPAddress?) throws(APIError) {
        try failures.count(address)
    }

    /// Must be called before a key that is not known to be valid is looked up in the database.
    ///
    /// - Throws: 429 if the network has failed too often and has used up its look-ups.
    func admitLookUp(from address: IPAddress?) throws(APIError) {
        guard failures.isFull(for: address) else { return }
        try lookUps.count(address)
    }
}

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
