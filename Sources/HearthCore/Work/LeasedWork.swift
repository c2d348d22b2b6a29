package import Foundation

/// One kind of work whose rows are claimed under a lease, run by ``LeasedWorker``.
///
/// A claim gives a row the next lease number and the end of the lease. A row is only settled under that number, so that a
/// holder that has lost its lease changes nothing.
package protocol LeasedWork: Sendable {
    associatedtype Due: DueWork
    associatedtype Claim: ClaimedWork where Claim.Unit == Due.Unit
    /// The result of acting on a claim.
    associatedtype Outcome: Sendable

    /// Names the worker in logs and metrics, such as `deliver_webhooks`.
    static var name: String { get }
    static var limits: WorkLimits<Due.Unit> { get }

    /// Reads the due work of all tenants without locking, in the order in which it should be served, leaving out full tenants
    /// and units.
    func discover(_ room: WorkRoom<Due.Unit>, at now: Date) async throws -> WorkLook<Due>

    /// Claims up to the wanted number of rows of each, in one round trip, leaving out rows that another process has claimed
    /// meanwhile.
    func claim(_ wanted: [WantedWork<Due>], at now: Date) async throws -> [Claim]

    /// Does the work, outside any transaction.
    ///
    /// - Throws: if the work failed for a reason unrelated to the row. It is retried when the lease ends.
    func act(on claim: Claim) async throws -> Outcome

    /// Commits the result, if the lease still holds. Runs to completion even during shutdown.
    ///
    /// - Returns: the next claim to act on under the same lease; nil if the lease has ended.
    func settle(_ claim: Claim, _ outcome: Outcome) async throws -> Claim?

    /// Releases a claim that was not acted on, because the process is shutting down or the database is in quarantine.
    func release(_ claim: Claim) async throws
}

/// The tenant and the unit, such as an endpoint, for which slots are counted.
package struct WorkPlace<Unit: Hashable & Sendable>: Sendable, Hashable {
    let tenant: Int64
    package let unit: Unit

    package init(tenant: Int64, unit: Unit) {
        self.tenant = tenant
        self.unit = unit
    }
}

/// An item with due rows.
package protocol DueWork: Sendable {
    associatedtype Unit: Hashable & Sendable
    var place: WorkPlace<Unit> { get }
    /// The number of due rows, as far as the poll has read.
    var rows: Int { get }
    /// The maximum number of rows of its unit in flight, if lower than the worker's limit.
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
    /// Identifies the row in logs. Must not contain secrets or addresses.
    var metadata: [String: String] { get }
}

/// Due work to be claimed, and how much of it.
package struct WantedWork<Due: DueWork>: Sendable {
    package let due: Due
    package let count: Int
}

/// The due work that a poll found.
package struct WorkLook<Due: DueWork>: Sendable {
    package var due: [Due]
    /// Whether the poll stopped before it had read all due work.
    package var hasMore: Bool

    package init(due: [Due] = [], hasMore: Bool = false) {
        self.due = due
        self.hasMore = hasMore
    }
}

/// The limits of work in flight in this process.
package struct WorkLimits<Unit: Hashable & Sendable>: Sendable {
    package let whole: Int
    package let perTenant: Int
    package let perUnit: @Sendable (Unit) -> Int
    /// The number of free slots from which it is worth polling for more work.
    package let worthALook: Int
    /// The maximum number of claims in one round trip.
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

/// The free capacity of a worker.
package struct WorkRoom<Unit: Hashable & Sendable>: Sendable {
    package let free: Int
    package let fullTenants: Set<Int64>
    package let fullUnits: Set<Unit>

    package func isFull(_ place: WorkPlace<Unit>) -> Bool {
        fullTenants.contains(place.tenant) || fullUnits.contains(place.unit)
    }
}
