import Foundation
import HearthRules
import Synchronization

/// How many grants are tended at once: in all, and for each organisation at Microsoft, which throttles as one. An
/// organisation that asked us to wait is left alone for so long.
final class GrantSlots: Sendable {
    private struct State {
        var all = 0
        var byOrganization: [UUID: Int] = [:]
        var pausedUntil: [UUID: Date] = [:]
    }

    /// Microsoft answers in about a quarter of a second and is asked twice for a mailbox: 256 of them a second, or a
    /// hundred thousand, overdue together, in seven minutes.
    static let inAll = 128
    /// Where so many have ended, it is worth looking for others: a look each would cost more than it finds.
    static let worthALook = inAll / 4
    static let perOrganization = 8

    private let state = Mutex(State())

    /// How many more may be tended now.
    var free: Int { state.withLock { Self.inAll - $0.all } }

    /// Organisations that have no room, or are left alone.
    func unavailable(at now: Date) -> [UUID] {
        state.withLock { state in
            let paused = state.pausedUntil.filter { $0.value > now }.keys
            let full = state.byOrganization.filter { $0.value >= Self.limit($0.key) }.keys
            return Array(Set(paused).union(full))
        }
    }

    /// All personal accounts share one tenant id.
    private static func limit(_ tid: UUID) -> Int { tid == AccountType.consumerTenant ? inAll : perOrganization }

    /// False when there is no room.
    func reserve(_ tid: UUID, at now: Date) -> Bool {
        state.withLock { state in
            if let until = state.pausedUntil[tid] {
                guard until <= now else { return false }
                state.pausedUntil[tid] = nil
            }
            guard state.all < Self.inAll, state.byOrganization[tid, default: 0] < Self.limit(tid) else { return false }
            state.all += 1
            state.byOrganization[tid, default: 0] += 1
            return true
        }
    }

    /// - Returns: whether it is worth looking for others.
    @discardableResult
    func release(_ tid: UUID) -> Bool {
        state.withLock { state in
            state.all -= 1
            state.byOrganization[tid, default: 1] -= 1
            if state.byOrganization[tid] == 0 { state.byOrganization[tid] = nil }
            return Self.inAll - state.all >= Self.worthALook
        }
    }

    /// Personal accounts are many owners': one that is throttled says nothing about the others.
    func pause(_ tid: UUID, until: Date) {
        guard tid != AccountType.consumerTenant else { return }
        state.withLock { $0.pausedUntil[tid] = max(until, $0.pausedUntil[tid] ?? until) }
    }
}
