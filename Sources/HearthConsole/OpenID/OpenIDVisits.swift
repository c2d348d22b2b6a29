import HearthCore
import HearthWeb
import Outbound
import Synchronization

/// Bounds what visitors can cause at tenants' OpenID providers: whoever begins a sign-in, or comes back from one, needs no
/// account, and makes this service call a provider.
final class OpenIDVisits: Sendable {
    /// Calls for one tenant at once. A provider that hangs holds these, and no other tenant's.
    private static let mostPerTenant = 8
    /// Seconds after which a call has ended for certain.
    private static let pause = 10

    private let byAddress = AddressLimit(RequestLimits(perMinute: 60, perSecond: 60))
    private let running = Mutex<[Int64: Int]>([:])

    /// - Throws: 429 when the address has begun or ended too many sign-ins.
    func admit(_ address: IPAddress?) throws(APIError) {
        try byAddress.count(address)
    }

    /// Before calls for a tenant; ``ended(_:)`` follows.
    ///
    /// - Throws: 429 when the tenant has too many under way.
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
