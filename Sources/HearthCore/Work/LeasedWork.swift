package import Foundation

/// One kind of work whose rows are claimed under a lease. ``LeasedWorker`` does the rest.
///
/// A claim gives a row the next lease number and the time at which the lease ends. Whatever settles the row names that
/// number, so a holder that has lost its lease changes nothing.
package protocol LeasedWork: Sendable {
    associatedtype Due: DueWork
    associatedtype Claim: ClaimedWork where Claim.Unit == Due.Unit
    /// What acting on a claim has brought.
    associatedtype Outcome: Sendable

    /// Names the worker in logs and metrics, such as `deliver_webhooks`.
    static var name: String { get }
    static var limits: WorkLimits<Due.Unit> { get }

    /// A lock-free read over all tenants of what is due, in the order in which it should be served. What has no room is
    /// left out.
    func discover(_ room: WorkRoom<Due.Unit>, at now: Date) async throws -> WorkLook<Due>

    /// Claims up to so many rows of each, in one round trip. What another process has taken meanwhile is left out.
    func claim(_ wanted: [WantedWork<Due>], at now: Date) async throws -> [Claim]

    /// Does the work. No transaction is open meanwhile.
    ///
    /// - Throws: when it could not be done for a reason that is not the row's. It is done again when the lease has ended.
    func act(on claim: Claim) async throws -> Outcome

    /// Commits what came of it, if the lease still holds. Runs to its end even when the process is being stopped.
    ///
    /// - Returns: what is to be done next under the same lease; nil when the lease is given up.
    func settle(_ claim: Claim, _ outcome: Outcome) async throws -> Claim?

    /// Gives a claim back as it was: it could not be acted on, because the process is being stopped or the database is
    /// in quarantine.
    func release(_ claim: Claim) async throws
}

/// Where slots are counted: a tenant, and within the whole a unit such as an endpoint.
package struct WorkPlace<Unit: Hashable & Sendable>: Sendable, Hashable {
    let tenant: Int64
    package let unit: Unit

    package init(tenant: Int64, unit: Unit) {
        self.tenant = tenant
        self.unit = unit
    }
}

/// Something that has rows due.
package protocol DueWork: Sendable {
    associatedtype Unit: Hashable & Sendable
    var place: WorkPlace<Unit> { get }
    /// How many rows are due there, as far as the look has read.
    var rows: Int { get }
    /// How many rows of its unit may be in flight at once, where that is less than the worker's limit.
    var limit: Int { get }
}

extension DueWork {
    package var rows: Int { 1 }
    package var limit: Int { .max }
}

/// A row under lease.
package protocol ClaimedWork: Sendable {
    associatedtype Unit: Hashable & Sendable
    var place: WorkPlace<Unit> { get }
    /// What names the row in logs: no secret, no address.
    var metadata: [String: String] { get }
}

/// What a look is to claim.
package struct WantedWork<Due: DueWork>: Sendable {
    package let due: Due
    package let count: Int
}

/// What a look has found.
package struct WorkLook<Due: DueWork>: Sendable {
    package var due: [Due]
    /// Whether it stopped before it had seen everything that is due.
    package var hasMore: Bool

    package init(due: [Due] = [], hasMore: Bool = false) {
        self.due = due
        self.hasMore = hasMore
    }
}

/// How much may be in flight in this process at once.
package struct WorkLimits<Unit: Hashable & Sendable>: Sendable {
    package let whole: Int
    package let perTenant: Int
    package let perUnit: @Sendable (Unit) -> Int
    /// When so many slots are free, it is worth looking for more work.
    package let worthALook: Int
    /// Claims in one round trip.
    package let claimBatch: Int

    package init(
        whole: Int, perTenant: Int = .max, perUnit: @escaping @Sendable (Unit) -> Int = { _ in .max },
        worthALook: Int = 1, claimBatch: Int = 64
    ) {
        self.whole = whole
        self.perTenant = perTenant
        self.perUnit = perUnit
        self.worthALook = worthALook
        self.claimBatch = claimBatch
    }
}

/// What room there is for more.
package struct WorkRoom<Unit: Hashable & Sendable>: Sendable {
    package let free: Int
    package let fullTenants: Set<Int64>
    package let fullUnits: Set<Unit>

    package func isFull(_ place: WorkPlace<Unit>) -> Bool {
        fullTenants.contains(place.tenant) || fullUnits.contains(place.unit)
    }
}
