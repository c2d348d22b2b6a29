package import Foundation
package import Logging
import ServiceLifecycle
import Synchronization

/// Runs each periodic task once in the cluster: every process looks, and the one that claims a task's row does it.
///
/// A row has the time at which its task is due and the lease of who runs it. Nothing rests on sessions or advisory locks:
/// when a process dies, its lease runs out and another process takes the task over. At a graceful shutdown runs are broken
/// off and released.
package struct ClusterPeriodic: Service, CustomStringConvertible {
    private let tasks: [any PeriodicTask]
    private let store: PeriodicTaskStore
    private let hold: QuarantineHold
    private let meters: Meters
    private let now: @Sendable () -> Date
    private let logger: Logger
    private let running = Running()
    /// Passed in, so that a test need not wait.
    package var sleep: @Sendable (Duration) async -> Void = { try? await Task.sleep(for: $0) }

    /// The tasks that run in this process.
    private final class Running: Sendable {
        let names = Mutex<Set<String>>([])
    }

    /// Another process has taken the task over: this one was away for longer than a lease.
    private struct LeaseLost: Error {}

    package var description: String { "periodic tasks" }

    /// Between two looks at most, and at least.
    private static let interval = Duration.seconds(1)
    private static let shortest = Duration.milliseconds(50)

    package init(
        _ tasks: [any PeriodicTask], store: PeriodicTaskStore, hold: QuarantineHold, meters: Meters,
        now: @escaping @Sendable () -> Date, logger: Logger
    ) {
        self.tasks = tasks
        self.store = store
        self.hold = hold
        self.meters = meters
        self.now = now
        self.logger = logger
    }

    package init(_ tasks: [any PeriodicTask], _ dependencies: Dependencies) {
        let database = dependencies.workDatabase
        self.init(
            tasks, store: PeriodicTaskStore(database: database),
            hold: QuarantineHold(quarantine: dependencies.quarantine, database: database),
            meters: dependencies.meters, now: dependencies.now, logger: dependencies.logger)
    }

    /// Until shutdown.
    package func run() async throws {
        await withDiscardingTaskGroup { group in
            var failures = 0
            var isRegistered = false
            while !Task.isShuttingDownGracefully, !Task.isCancelled {
                var pause = Self.interval
                do {
                    if !isRegistered { try await store.register(tasks.map { type(of: $0).name }, at: now()) }
                    isRegistered = true
                    let standings = try await store.all()
                    show(standings)
                    for (task, claim) in try await claim(standings) {
                        group.addTask { await carryOut(task, claim) }
                    }
                    failures = 0
                    pause = untilNext(standings)
                } catch {
                    if Task.isCancelled { return }
                    failures += 1
                    pause = WorkPause.backOff(after: failures)
                    logger.warning(
                        "Periodic tasks could not be looked at; trying again", metadata: ["error": "\(error)"])
                }
                await cancelWhenGracefulShutdown { [pause] in await sleep(pause) }
            }
        }
    }

    /// Every process shows how every task stands.
    private func show(_ standings: [PeriodicTaskStore.Standing]) {
        for standing in standings {
            meters.periodicFailures(standing.failures, task: standing.name)
            if let last = standing.lastSuccessAt { meters.periodicSuccess(at: last, task: standing.name) }
        }
    }

    private func claim(
        _ standings: [PeriodicTaskStore.Standing]
    ) async throws -> [(any PeriodicTask, PeriodicTaskStore.Claim)] {
        let now = now()
        let due = Set(standings.filter { $0.isDue(at: now) }.map(\.name))
            .subtracting(running.names.withLock { $0 })
        var claimed: [(any PeriodicTask, PeriodicTaskStore.Claim)] = []
        for task in tasks where due.contains(type(of: task).name) {
            let kind = type(of: task)
            if !kind.runsInQuarantine, await !hold.isServing() { continue }
            guard let claim = try await store.claim(kind.name, at: now) else { continue }
            running.names.withLock { _ = $0.insert(kind.name) }
            claimed.append((task, claim))
        }
        return claimed
    }

    /// Until the first task is due that is not due yet.
    private func untilNext(_ standings: [PeriodicTaskStore.Standing]) -> Duration {
        let now = now()
        let next = standings.map { $0.dueAt.timeIntervalSince(now) }.filter { $0 > 0 }.min() ?? .infinity
        return max(min(Self.interval, .seconds(min(next, 1))), Self.shortest)
    }

    // MARK: One run

    private func carryOut(_ task: any PeriodicTask, _ claim: PeriodicTaskStore.Claim) async {
        let period = type(of: task).period
        defer { running.names.withLock { _ = $0.remove(claim.name) } }
        do {
            try await holding(claim) {
                // Broken off at shutdown: another process begins it anew.
                try await cancelWhenGracefulShutdown {
                    if type(of: task).runsInQuarantine {
                        try await task.run()
                    } else {
                        try await hold.whileServing { try await task.run() }
                    }
                    try Task.checkCancellation()
                }
            }
            try await uncancelled {
                let now = now()
                try await store.succeed(claim, dueAt: now.addingTimeInterval(period), at: now)
            }
        } catch is LeaseLost {
            logger.warning("Another process has taken a periodic task over", metadata: ["task": "\(claim.name)"])
        } catch {
            if Task.isCancelled || Task.isShuttingDownGracefully {
                return await cleanUp("the lease of a periodic task") { try await store.release(claim) }
            }
            logger.warning(
                "A periodic task failed; trying again", metadata: ["task": "\(claim.name)", "error": "\(error)"])
            let next = now().addingTimeInterval(WorkPause.retry(after: claim.failures + 1, period: period))
            await cleanUp("the failure of a periodic task") { try await store.fail(claim, dueAt: next) }
        }
    }

    /// Runs `body` while the lease is renewed beside it.
    private func holding(
        _ claim: PeriodicTaskStore.Claim, _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await body() }
            group.addTask {
                while true {
                    await sleep(.seconds(PeriodicTaskStore.lease / 3))
                    try Task.checkCancellation()
                    // What the database does not answer now, it may answer before the lease ends.
                    if let isHeld = try? await store.renew(claim, at: now()), !isHeld { throw LeaseLost() }
                }
            }
            defer { group.cancelAll() }
            _ = try await group.next()
        }
    }
}
