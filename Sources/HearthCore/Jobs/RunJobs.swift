package import Foundation
package import Logging
import Postgres
import ServiceLifecycle

/// Runs jobs slice by slice, up to four at a time and one per tenant. After each slice the slot goes to the tenant that has
/// waited longest, so that long jobs do not delay other tenants. A tenant's oldest job runs first.
package struct RunJobs: LeasedWork {
    package static let name = "run_jobs"
    package static let limits = WorkLimits<Int64>(whole: 4, perTenant: 1, claimBatch: 1)

    package enum Outcome: Sendable {
        case step(JobStep)
        /// The tenant is not active, or this process has no runner for the job's kind.
        case waits
        /// The key or member that started the job was revoked or removed.
        case over(Job.EndReason)
        /// The slice failed.
        case failed(any Error)
    }

    private let store: JobStore
    private let recorder: AuditRecorder
    private let runners: [Job.Kind: any JobRunner]
    private let work: WorkSignals
    private let now: @Sendable () -> Date
    private let logger: Logger

    /// Consecutive failures after which a job is given up, which takes about two hours.
    private static let patience = 20

    package init(
        runners: [any JobRunner], store: JobStore, recorder: AuditRecorder, work: WorkSignals,
        now: @escaping @Sendable () -> Date, logger: Logger
    ) {
        self.runners = Dictionary(uniqueKeysWithValues: runners.map { ($0.kind, $0) })
        self.store = store
        self.recorder = recorder
        self.work = work
        self.now = now
        self.logger = logger
    }

    package func discover(_ room: WorkRoom<Int64>, at now: Date) async throws -> WorkLook<DueJob> {
        WorkLook(due: try await store.due(at: now))
    }

    package func claim(_ wanted: [WantedWork<DueJob>], at now: Date) async throws -> [Job] {
        var claimed: [Job] = []
        for each in wanted {
            if let job = try await store.claim(each.due.id, of: each.due.tenantID, at: now) { claimed.append(job) }
        }
        return claimed
    }

    package func act(on job: Job) async throws -> Outcome {
        switch try await store.standing(of: job) {
        case .good: break
        case .waits: return .waits
        case .over(let reason): return .over(reason)
        }
        // A process of an older release leaves kinds that it does not know to others.
        guard let runner = runners[job.kind] else { return .waits }
        do { return .step(try await runner.step(job)) } catch {
            // The shutdown of the process does not count as a failure of the job.
            if Task.isCancelled || Task.isShuttingDownGracefully { throw error }
            return .failed(error)
        }
    }

    package func settle(_ job: Job, _ outcome: Outcome) async throws -> Job? {
        switch outcome {
        case .step(let step):
            if try await store.commit(step, of: job, at: now()) != nil, step.effect != nil { work.eventCommitted() }
        case .waits: try await store.release(job, at: now())
        case .over(let reason): try await end(job, because: reason)
        case .failed(let error): try await recordFailure(job, because: error)
        }
        return nil
    }

    package func release(_ job: Job) async throws {
        try await store.release(job, at: now())
    }

    private func end(_ job: Job, because reason: Job.EndReason) async throws {
        let now = now()
        try await store.database.transaction { [recorder] transaction in
            let ended = try JobStore.cancel(job.id, of: job.tenantID, because: reason, at: now, in: &transaction)
            // The job may have ended concurrently for another reason.
            guard ended?.endReason == reason else { return }
            try Caller(tenantID: job.tenantID, actor: "hearth", requestID: nil).note(
                "job.cancel", "job:\(job.id)", outcome: reason.rawValue, recorder, at: now, in: &transaction)
        }
        logger.notice(
            "A job was cancelled: the key or member that started it was revoked",
            metadata: ["job.id": "\(job.id)", "job.kind": "\(job.kind.rawValue)", "job.reason": "\(reason.rawValue)"])
    }

    private func recordFailure(_ job: Job, because error: any Error) async throws {
        let pause = min(5 * pow(2, Double(job.retries)), 600)
        let givesUp = job.retries + 1 >= Self.patience
        logger.warning(
            givesUp ? "A job was given up" : "A slice of a job failed; trying again",
            metadata: ["job.id": "\(job.id)", "job.kind": "\(job.kind.rawValue)", "error": "\(error)"])
        let now = now()
        try await store.recordFailure(job, retryAt: givesUp ? nil : now.addingTimeInterval(pause), at: now)
    }
}

/// A tenant's oldest due job.
package struct DueJob: DueWork {
    let tenantID: Int64
    let id: Int64

    package var place: WorkPlace<Int64> { WorkPlace(tenant: tenantID, unit: tenantID) }
}

extension Job: ClaimedWork {
    package var place: WorkPlace<Int64> { WorkPlace(tenant: tenantID, unit: tenantID) }
    package var metadata: [String: String] { ["job.id": String(id), "job.kind": kind.rawValue] }
}
