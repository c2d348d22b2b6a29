import Foundation
import Synchronization

/// Counts the work of one kind that is in flight in this process: in total, per tenant and per unit.
package final class WorkSlots<Unit: Hashable & Sendable>: Sendable {
    private struct State {
        var all = 0
        var byTenant: [Int64: Int] = [:]
        var byUnit: [Unit: Int] = [:]

        mutating func add(_ count: Int, _ place: WorkPlace<Unit>) {
            all += count
            byTenant[place.tenant, default: 0] += count
            byUnit[place.unit, default: 0] += count
            if byTenant[place.tenant] == 0 { byTenant[place.tenant] = nil }
            if byUnit[place.unit] == 0 { byUnit[place.unit] = nil }
        }
    }

    let limits: WorkLimits<Unit>
    private let state = Mutex(State())

    package init(_ limits: WorkLimits<Unit>) {
        self.limits = limits
    }

    /// The number of free slots.
    var free: Int { state.withLock { limits.whole - $0.all } }

    package var room: WorkRoom<Unit> {
        state.withLock { state in
            WorkRoom(
                free: limits.whole - state.all,
                fullTenants: Set(state.byTenant.filter { $0.value >= limits.perTenant }.keys),
                fullUnits: Set(state.byUnit.filter { $0.value >= limits.perUnit($0.key) }.keys))
        }
    }

    /// Reserves slots for due work. Tenants take turns, one slot at a time, in the given order; so do the units of a tenant.
    /// Each gets its share of the free slots, however much others have due.
    package func share<Due: DueWork>(_ due: [Due]) -> [WantedWork<Due>] where Due.Unit == Unit {
        var queues: [Int64: [Int]] = [:]
        var tenants: [Int64] = []
        for (index, each) in due.enumerated() {
            if queues[each.place.tenant] == nil { tenants.append(each.place.tenant) }
            queues[each.place.tenant, default: []].append(index)
        }
        var counts = Array(repeating: 0, count: due.count)
        state.withLock { state in
            while !tenants.isEmpty, state.all < limits.whole {
                tenants.removeAll { tenant in
                    guard let index = takeOne(of: &queues[tenant, default: []], due, counts, &state) else {
                        return true
                    }
                    counts[index] += 1
                    return false
                }
            }
        }
        return zip(due, counts).compactMap { $1 > 0 ? WantedWork(due: $0, count: $1) : nil }
    }

    /// Reserves a slot for the tenant's first item whose unit has room, and moves it to the end of the tenant's queue.
    private func takeOne<Due: DueWork>(
        of queue: inout [Int], _ due: [Due], _ counts: [Int], _ state: inout State
    ) -> Int? where Due.Unit == Unit {
        while let index = queue.first {
            queue.removeFirst()
            let each = due[index]
            guard state.all < limits.whole, state.byTenant[each.place.tenant, default: 0] < limits.perTenant else {
                return nil
            }
            let limit = min(each.limit, limits.perUnit(each.place.unit))
            guard counts[index] < each.rows, state.byUnit[each.place.unit, default: 0] < limit else { continue }
            state.add(1, each.place)
            queue.append(index)
            return index
        }
        return nil
    }

    /// Frees the slots that were reserved but not claimed.
    func returnUnused<Due: DueWork>(
        of wanted: some Sequence<WantedWork<Due>>, taken places: [WorkPlace<Unit>]
    ) where Due.Unit == Unit {
        state.withLock { state in
            for each in wanted { state.add(-each.count, each.due.place) }
            for place in places { state.add(1, place) }
        }
    }

    func release(_ place: WorkPlace<Unit>) {
        state.withLock { $0.add(-1, place) }
    }
}

/// The pauses after consecutive failures, including the latest.
enum WorkPause {
    /// Returns the pause while the database does not answer: 2 s, doubling up to 10 s.
    static func backOff(after failures: Int) -> Duration { .seconds(min(1 << min(failures, 4), 10)) }

    /// Returns the pause after a periodic task failed, in seconds: its period or 10 s, whichever is shorter, doubling up to its
    /// period or a minute, whichever is longer.
    static func retry(after failures: Int, period: TimeInterval) -> TimeInterval {
        min(min(period, 10) * pow(2, Double(min(failures, 32) - 1)), max(period, 60))
    }
}
