package import Foundation
package import Logging
import Postgres
import ServiceLifecycle
import Synchronization

/// The worker of jobs: up to four at a time, one for each tenant, slice by slice. After each slice the job gives its place to
/// the tenant that has waited longest, so that long jobs do not hold up other tenants, however many there are. A tenant's
/// oldest job goes first.
package final class RunJobs: Service, CustomStringConvertible {
    let store: JobStore
    let pen: AuditPen
    package let runners: [Job.Kind: any JobRunner]
    let work: WorkHints
    let now: @Sendable () -> Date
    let logger: Logger
    private let running = Mutex<Set<Int64>>([])

    package var description: String { "RunJobs" }

    private static let atOnce = 4
    /// Stumbles in a row after which a job is given up: about two hours.
    private static let patience = 20

    package init(
        runners: [any JobRunner], store: JobStore, pen: AuditPen, work: WorkHints,
        now: @escaping @Sendable () -> Date, logger: Logger
    ) {
        self.runners = Dictionary(uniqueKeysWithValues: runners.map { ($0.kind, $0) })
        self.store = store
        self.pen = pen
        self.work = work
        self.now = now
        self.logger = logger
    }

    package func run() async throws {
        await withDiscardingTaskGroup { group in
            while !Task.isShuttingDownGracefully, !Task.isCancelled {
                do {
                    for (tenant, id) in try await store.due(at: now()) where reserve(tenant) {
                        group.addTask { await self.claimAndRun(id, of: tenant) }
                    }
                } catch {
                    logger.warning("Due jobs could not be found; trying again", metadata: ["error": "\(error)"])
                }
                await cancelWhenGracefulShutdown { await self.work.waitForJobs(atMost: .seconds(1)) }
            }
        }
    }

    private func reserve(_ tenant: Int64) -> Bool {
        running.withLock { $0.count < Self.atOnce && $0.insert(tenant).inserted }
    }

    private func claimAndRun(_ id: Int64, of tenant: Int64) async {
        defer {
            running.withLock { _ = $0.remove(tenant) }
            work.sliceEnded()
        }
        do {
            guard let job = try await store.claim(id, of: tenant, at: now()) else { return }
            try await runSlice(of: job)
        } catch {
            // The lease runs out, and the slice is done again.
            logger.warning("A job was interrupted", metadata: ["job.id": "\(id)", "error": "\(error)"])
        }
    }

    private func runSlice(of job: Job) async throws {
        guard let runner = runners[job.kind] else { return }
        switch try await store.standing(of: job) {
        case .good: break
        case .waits: return try await store.release(job, at: now())
        case .over(let reason): return try await end(job, because: reason)
        }
        let step: JobStep
        do { step = try await runner.step(job) } catch {
            // The end of the process is no fault of the job's.
            if Task.isCancelled || Task.isShuttingDownGracefully {
                return await cleanUp("the lease of a job") { [store, now] in try await store.release(job, at: now()) }
            }
            return try await stumble(job, because: error)
        }
        if try await store.commit(step, of: job, at: now()) != nil, step.effect != nil { work.eventCommitted() }
    }

    private func end(_ job: Job, because reason: Job.EndReason) async throws {
        let now = now()
        try await store.database.transaction { [pen] transaction in
            let ended = try JobStore.cancel(job.id, of: job.tenantID, because: reason, at: now, in: &transaction)
            // Somebody else may have been faster.
            guard ended?.endReason == reason else { return }
            try Caller(tenantID: job.tenantID, actor: "hearth", requestID: nil).note(
                "job.cancel", "job:\(job.id)", outcome: reason.rawValue, pen, at: now, in: &transaction)
        }
        logger.notice(
            "A job was cancelled: whoever began it may do nothing any more",
            metadata: ["job.id": "\(job.id)", "job.kind": "\(job.kind.rawValue)", "job.reason": "\(reason.rawValue)"])
    }

    private func stumble(_ job: Job, because error: any Error) async throws {
        let pause = min(5 * pow(2, Double(job.stumbles)), 600)
        let givesUp = job.stumbles + 1 >= Self.patience
        logger.warning(
            givesUp ? "A job was given up" : "A slice of a job could not be done; trying again",
            metadata: ["job.id": "\(job.id)", "job.kind": "\(job.kind.rawValue)", "error": "\(error)"])
        let now = now()
        try await store.stumble(job, retryAt: givesUp ? nil : now.addingTimeInterval(pause), at: now)
    }
}
