import Foundation
import Synchronization

@testable import HearthCore

/// Leased work on rows in memory, with events that a test can wait for.
final class TestWork: LeasedWork {
    static let name = "test_work"
    static let limits = WorkLimits<Int64>(whole: 4, perTenant: 3, claimBatch: 2)

    struct Due: DueWork {
        let place: WorkPlace<Int64>
        let id: Int
    }

    struct Claim: ClaimedWork {
        let place: WorkPlace<Int64>
        let id: Int
        let step: Int
        var metadata: [String: String] { ["row.id": String(id)] }
    }

    struct Fault: Error {}

    private struct State {
        var due: [Due] = []
        var looks = 0
        var failing = 0
        var refused: Set<Int> = []
        var slow: Set<Int> = []
        var broken: Set<Int> = []
        var steps: [Int: Int] = [:]
    }

    private let state = Mutex(State())
    private let tell: AsyncStream<String>.Continuation
    private let told: AsyncStream<String>
    private let gate = TestGate()

    init() { (told, tell) = AsyncStream.makeStream() }

    /// Returns the next event.
    func next() async -> String? {
        for await event in told { return event }
        return nil
    }

    func add(_ ids: Int..., tenant: Int64 = 1) {
        state.withLock { $0.due += ids.map { Due(place: WorkPlace(tenant: tenant, unit: tenant), id: $0) } }
    }
    /// Makes the next polls fail.
    func failLooks(_ count: Int) { state.withLock { $0.failing = count } }
    /// Makes claims of these rows fail.
    func refuse(_ ids: Int...) { state.withLock { $0.refused.formUnion(ids) } }
    /// Keeps these rows in progress until ``finish()``.
    func slow(_ ids: Int...) { state.withLock { $0.slow.formUnion(ids) } }
    /// Makes acting on these rows fail.
    func breakDown(_ ids: Int...) { state.withLock { $0.broken.formUnion(ids) } }
    /// Gives this row several steps under one lease.
    func steps(_ count: Int, of id: Int) { state.withLock { $0.steps[id] = count } }
    func finish() { gate.open() }

    func discover(_ room: WorkRoom<Int64>, at now: Date) async throws -> WorkLook<Due> {
        let due = try state.withLock { state in
            if state.failing > 0 {
                state.failing -= 1
                throw Fault()
            }
            return state.due.filter { !room.isFull($0.place) }
        }
        if due.isEmpty { tell.yield("nothing due") }
        return WorkLook(due: due)
    }

    func claim(_ wanted: [WantedWork<Due>], at now: Date) async throws -> [Claim] {
        try state.withLock { state in
            let ids = wanted.map(\.due.id)
            guard state.refused.isDisjoint(with: ids) else { throw Fault() }
            state.due.removeAll { ids.contains($0.id) }
            return wanted.map { Claim(place: $0.due.place, id: $0.due.id, step: 1) }
        }
    }

    func act(on claim: Claim) async throws -> Int {
        tell.yield("begun \(claim.id)")
        let (isSlow, isBroken) = state.withLock { ($0.slow.contains(claim.id), $0.broken.contains(claim.id)) }
        if isSlow { await gate.pass() }
        try Task.checkCancellation()
        if isBroken { throw Fault() }
        return claim.step
    }

    func settle(_ claim: Claim, _ step: Int) async throws -> Claim? {
        tell.yield("settled \(claim.id)")
        let last = state.withLock { $0.steps[claim.id] ?? 1 }
        return step < last ? Claim(place: claim.place, id: claim.id, step: step + 1) : nil
    }

    func release(_ claim: Claim) async throws { tell.yield("released \(claim.id)") }
}

/// Blocks tasks until it is opened or they are cancelled.
final class TestGate: Sendable {
    private struct State {
        var isOpen = false
        var next = 0
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
    }

    private let state = Mutex(State())

    func pass() async {
        let ticket = state.withLock { state in
            state.next += 1
            return state.next
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let passes = state.withLock { state in
                    if state.isOpen || Task.isCancelled { return true }
                    state.waiting[ticket] = continuation
                    return false
                }
                if passes { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: ticket) }?.resume()
        }
    }

    func open() {
        let waiting = state.withLock { state in
            defer { state.waiting = [:] }
            state.isOpen = true
            return Array(state.waiting.values)
        }
        waiting.forEach { $0.resume() }
    }
}
