package import Foundation
package import Logging
import ServiceLifecycle
import Synchronization

/// Runs each periodic task once in the cluster: every process polls, and the one that claims a task's row runs it.
///
/// A row has the time at which its task is due and the lease of the process that runs it. No sessions or advisory locks are
/// involved: if a process dies, its lease expires and another process takes over the task. A graceful shutdown cancels and
/// releases the runs.
package struct ClusterPeriodic: Service, CustomStringConvertible {
    private let tasks: [any PeriodicTask]
    private let store: PeriodicTaskStore
    private let hold: QuarantineHold
    private let meters: Meters
    private let now: @Sendable () -> Date
    private let logger: Logger
    private let running = Running()
    /// Injected, so that tests need not wait.
    package var sleep: @Sendable (Duration) async -> Void = { try? await Task.sleep(for: $0) }

    /// The tasks that are running in this process.
    private final class Running: Sendable {
        let names = Mutex<Set<String>>([])
    }

    /// Another process has taken over the task, because this one did not renew its lease in time.
    private struct LeaseLost: Error {}

    package var description: String { "periodic tasks" }

    /// The maximum and minimum pause between two polls.
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

    /// Runs until shutdown.
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
                        "Could not poll for due periodic tasks; trying again", metadata: ["error": "\(error)"])
                }
                await cancelWhenGracefulShutdown { [pause] in await sleep(pause) }
            }
        }
    }

    /// Updates the metrics, so that every process shows the state of all tasks.
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

    /// Returns the pause until the next task is due, within the bounds.
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
                // Cancelled at shutdown; another process then runs the task again.
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
            logger.warning("Another process has taken over a periodic task", metadata: ["task": "\(claim.name)"])
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

    /// Runs `body` while renewing the lease.
    private func holding(
        _ claim: PeriodicTaskStore.Claim, _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await body() }
            group.addTask {
                while true {
                    await sleep(.seconds(PeriodicTaskStore.lease / 3))
                    try Task.checkCancellation()
                    // If the database does not answer, the next renewal may still be in time.
                    if let isHeld = try? await store.renew(claim, at: now()), !isHeld { throw LeaseLost() }
                }
            }
            defer { group.cancelAll() }
            _ = try await group.next()
        }
    }
}
