package import HearthWeb
package import Outbound

/// Limits failed authentications by client network, so that nobody tries keys without end, and so that trying costs the
/// database no more than a bounded number of reads.
///
/// 20 failures a minute are answered 401, further ones 429. A network that has reached this limit has 120 look-ups a minute,
/// and 5 a second, for keys of which nothing is known; beyond those such a key is answered 429 without a read. A key that this
/// process has accepted within the last hour is exempt (``KeyDirectory``): its requests are never refused because others
/// failed from the same address. A wrong key that is repeated is remembered and takes no look-up. So only a key that is new
/// to the process may have to be sent again, and only while somebody sends many different wrong keys from its address.
package struct FailedAttempts: Sendable {
    private let failures: AddressLimit
    private let lookUps: AddressLimit

    package init(now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        failures = AddressLimit(RequestLimits(perMinute: 20, perSecond: 20), now: now)
        lookUps = AddressLimit(RequestLimits(perMinute: 120, perSecond: 5), now: now)
    }

    /// Counts a failure.
    ///
    /// - Throws: 429 when the network has failed too often.
    package func count(_ address: IPAddress?) throws(APIError) {
        try failures.count(address)
    }

    /// To be called before the database is asked for a key that is not known to be good.
    ///
    /// - Throws: 429 when the network has failed too often and has used up its look-ups.
    func admitLookUp(from address: IPAddress?) throws(APIError) {
        guard failures.isFull(for: address) else { return }
        try lookUps.count(address)
    }
}
