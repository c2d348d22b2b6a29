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

    static let inAll = 32
    static let perOrganization = 4

    private let state = Mutex(State())

    /// False when there is no room.
    func reserve(_ tid: UUID, at now: Date) -> Bool {
        state.withLock { state in
            if let until = state.pausedUntil[tid] {
                guard until <= now else { return false }
                state.pausedUntil[tid] = nil
            }
            // All personal accounts share one tenant id.
            let limit = tid == AccountType.consumerTenant ? Self.inAll : Self.perOrganization
            guard state.all < Self.inAll, state.byOrganization[tid, default: 0] < limit else { return false }
            state.all += 1
            state.byOrganization[tid, default: 0] += 1
            return true
        }
    }

    func release(_ tid: UUID) {
        state.withLock { state in
            state.all -= 1
            state.byOrganization[tid, default: 1] -= 1
            if state.byOrganization[tid] == 0 { state.byOrganization[tid] = nil }
        }
    }

    func pause(_ tid: UUID, until: Date) {
        state.withLock { $0.pausedUntil[tid] = max(until, $0.pausedUntil[tid] ?? until) }
    }
}
