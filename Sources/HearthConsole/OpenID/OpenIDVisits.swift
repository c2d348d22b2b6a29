import HearthCore
import HearthWeb
import Outbound
import Synchronization

/// Limits calls to tenants' OpenID providers: beginning a sign-in or opening the callback needs no account, and makes this
/// service call a provider.
final class OpenIDVisits: Sendable {
    /// Concurrent calls for one tenant, so that a provider that hangs does not block other tenants.
    private static let mostPerTenant = 8
    /// Seconds; by then a call has certainly ended.
    private static let pause = 10

    private let byAddress = AddressLimit(RequestLimits(perMinute: 60, perSecond: 60))
    private let running = Mutex<[Int64: Int]>([:])

    /// - Throws: 429 when the address has begun or ended too many sign-ins.
    func admit(_ address: IPAddress?) throws(APIError) {
        try byAddress.count(address)
    }

    /// Called before calls for a tenant; ``ended(_:)`` must follow.
    ///
    /// - Throws: 429 when the tenant has too many in progress.
    func begin(_ tenant: Int64) throws(APIError) {
        let isAdmitted = running.withLock { running in
            guard running[tenant, default: 0] < Self.mostPerTenant else { return false }
            running[tenant, default: 0] += 1
            return true
        }
        guard isAdmitted else { throw .rateLimited(retryAfterSeconds: Self.pause) }
    }

    func ended(_ tenant: Int64) {
        running.withLock { running in
            let left = running[tenant, default: 0] - 1
            running[tenant] = left > 0 ? left : nil
        }
    }
}
