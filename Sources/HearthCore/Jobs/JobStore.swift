package import Foundation
import HearthRules
package import Postgres

/// The statements about jobs.
package struct JobStore: Sendable {
    let database: Database

    package init(database: Database) {
        self.database = database
    }

    /// The lease in seconds; longer than any slice takes.
    package static let lease: TimeInterval = 60
    /// The maximum number of problems that are shown with a job.
    static let shownProblems = 100

    package func find(_ id: Int64, of tenant: Int64) async throws -> Job? {
        try await database.read(
            "SELECT \(unescaped: Job.columns) FROM jobs j WHERE j.tenant_id = \(tenant) AND j.job_id = \(id)"
        ).first.map(Job.init)
    }

    package func problems(of id: Int64, tenant: Int64) async throws -> [JobProblem] {
        try await database.read(
            """
            SELECT unit, code, message FROM job_problems WHERE tenant_id = \(tenant) AND job_id = \(id)
            ORDER BY unit LIMIT \(Self.shownProblems)
            """
        ).map { JobProblem(unit: try $0["unit"], code: try $0["code"], message: try $0["message"]) }
    }

    /// Returns the jobs of these kinds, newest first.
    package func list(_ kinds: [Job.Kind], of tenant: Int64, limit: Int) async throws -> [Job] {
        try await database.read(
            """
            SELECT \(unescaped: Job.columns) FROM jobs j
            WHERE j.tenant_id = \(tenant) AND j.kind = ANY(\(kinds.map(\.rawValue)))
            ORDER BY j.job_id DESC LIMIT \(limit)
            """
        ).map(Job.init)
    }

    // MARK: Work

    /// Returns the oldest due job of every active tenant, without locking. The tenant that has waited longest for a slice comes
    /// first.
    package func due(at now: Date) async throws -> [DueJob] {
        try await database.read(
            """
            SELECT tenant_id, job_id FROM (
                SELECT DISTINCT ON (j.tenant_id) j.tenant_id, j.job_id, j.due_at
                FROM jobs j JOIN tenants t ON t.tenant_id = j.tenant_id AND t.status = 'active'
                WHERE j.due_at <= \(now) ORDER BY j.tenant_id, j.created_at, j.job_id
            ) AS oldest ORDER BY due_at, tenant_id
            """
        ).map { DueJob(tenantID: try $0["tenant_id"], id: try $0["job_id"]) }
    }

    /// Returns the job's listed units from a position on.
    ///
    /// - Throws: `NoUnits` if the job has no list of units.
    package func units(of job: Job, from position: Int64, limit: Int) async throws -> [Int64] {
        let units: [Int64]? = try await database.read(
            """
            SELECT units[(\(position + 1))::integer : (\(position + Int64(limit)))::integer] AS units FROM jobs
            WHERE tenant_id = \(job.tenantID) AND job_id = \(job.id)
            """
        ).first?[nullable: "units"]
        guard let units else { throw NoUnits() }
        return units
    }

    struct NoUnits: Error {}

    /// Stores a new job, in the commit of the call that requested it.
    ///
    /// - Parameter units: the ids to process, if the request listed them. They are stored apart from the parameters, so that a
    ///   slice only reads its own units.
    package static func insertion(of job: Job, units: [Int64]? = nil) -> SQL {
        """
        INSERT INTO jobs (tenant_id, job_id, kind, status, parameters, units, total, due_at, actor, request_id, source,
            created_at, updated_at)
        VALUES (\(job.tenantID), \(job.id), \(job.kind), 'running', \(JSONText(text: job.parameters)), \(units),
            \(job.total), \(job.createdAt), \(job.actor), \(job.requestID), \(job.source), \(job.createdAt), \(job.createdAt))
        """
    }

    /// Returns nil if another process claimed the job first.
    package func claim(_ id: Int64, of tenant: Int64, at now: Date) async throws -> Job? {
        try await database.write(
            """
            UPDATE jobs j SET due_at = \(now.addingTimeInterval(Self.lease)), lease_no = j.lease_no + 1
            WHERE j.tenant_id = \(tenant) AND j.job_id = \(id) AND j.due_at <= \(now)
            RETURNING \(unescaped: Job.columns)
            """
        ).first.map(Job.init)
    }

    /// Commits a slice with its effect and ends the lease, so that any process may claim the next slice.
    ///
    /// - Returns: the updated job; nil if the lease was lost or the job was cancelled, in which case nothing was written.
    package func commit(_ step: JobStep, of job: Job, at now: Date) async throws -> Job? {
        try await database.transaction { transaction in
            let end: Date? = step.isFinished ? now : nil
            let due: Date? = step.isFinished ? nil : now.addingTimeInterval(step.pause ?? 0)
            let row = try transaction.query(
                """
                UPDATE jobs j SET position = \(step.position), total = coalesce(\(step.total), j.total),
                    succeeded = j.succeeded + \(step.succeeded), failed = j.failed + \(Int64(step.problems.count)),
                    status = CASE WHEN \(step.isFinished) THEN \(JobMove.complete.target) ELSE j.status END, retries = 0,
                    due_at = \(due), finished_at = \(end), updated_at = \(now)
                WHERE j.tenant_id = \(job.tenantID) AND j.job_id = \(job.id) AND j.lease_no = \(job.lease)
                    AND \(JobMove.complete.isAllowed(from: "j.status"))
                RETURNING \(unescaped: Job.columns)
                """
            ).first
            guard let row else { return nil }
            for problem in step.problems {
                transaction.write(
                    """
                    INSERT INTO job_problems (tenant_id, job_id, unit, code, message)
                    VALUES (\(job.tenantID), \(job.id), \(problem.unit), \(problem.code), \(problem.message))
                    ON CONFLICT (tenant_id, job_id, unit) DO UPDATE SET code = excluded.code, message = excluded.message
                    """)
            }
            try step.effect?(&transaction)
            return try Job(row: row)
        }
    }

    /// Records a failed slice.
    ///
    /// - Parameter retryAt: when to retry; nil to give the job up.
    func recordFailure(_ job: Job, retryAt: Date?, at now: Date) async throws {
        let end: Date? = retryAt == nil ? now : nil
        let reason: Job.EndReason? = retryAt == nil ? .givenUp : nil
        _ = try await database.write(
            """
            UPDATE jobs SET retries = retries + 1, due_at = \(retryAt), finished_at = \(end), updated_at = \(now),
                status = CASE WHEN \(retryAt == nil) THEN \(JobMove.giveUp.target) ELSE status END, end_reason = \(reason)
            WHERE tenant_id = \(job.tenantID) AND job_id = \(job.id) AND lease_no = \(job.lease)
                AND \(JobMove.giveUp.isAllowed())
            """)
    }

    /// Ends the lease of an unfinished job, so that another process can continue it at once.
    package func release(_ job: Job, at now: Date) async throws {
        _ = try await database.write(
            """
            UPDATE jobs SET due_at = \(now)
            WHERE tenant_id = \(job.tenantID) AND job_id = \(job.id) AND lease_no = \(job.lease) AND status = 'running'
            """)
    }

    /// Cancels all jobs of a deleted tenant.
    package static func cancelAll(of tenant: Int64, at now: Date) -> SQL {
        """
        UPDATE jobs SET status = \(JobMove.cancel.target), due_at = NULL, finished_at = \(now), updated_at = \(now)
        WHERE tenant_id = \(tenant) AND \(JobMove.cancel.isAllowed())
        """
    }

    /// Cancels a job. Committed slices stay in effect.
    package static func cancel(
        _ id: Int64, of tenant: Int64, because reason: Job.EndReason, at now: Date, in transaction: inout Transaction
    ) throws -> Job? {
        try transaction.query(all: [
            """
            UPDATE jobs SET status = \(JobMove.cancel.target), end_reason = \(reason), due_at = NULL, finished_at = \(now),
                updated_at = \(now)
            WHERE tenant_id = \(tenant) AND job_id = \(id) AND \(JobMove.cancel.isAllowed())
            """,
            "SELECT \(unescaped: Job.columns) FROM jobs j WHERE j.tenant_id = \(tenant) AND j.job_id = \(id)",
        ])[1].first.map(Job.init)
    }
}
