package import Foundation
import HearthRules
package import Postgres

/// The statements about jobs.
package struct JobStore: Sendable {
    let database: Database

    package init(database: Database) {
        self.database = database
    }

    /// Longer than any slice.
    package static let lease: TimeInterval = 60
    /// Problems that are shown with a job.
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

    /// The newest first, of the kinds that may be seen.
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

    /// The lock-free look over all tenants: the oldest due job of each that is active, first of the tenant that has waited
    /// longest for a slice.
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

    /// Some of the units that the job was given by name, from a position on.
    ///
    /// - Throws: `NoUnits`, where it was given none.
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

    /// Stores a new job, in the commit of the call that asked for it.
    ///
    /// - Parameter units: what it is to be done for, where that was given by name. They stand apart from the parameters, so
    ///   that a slice reads its own units alone.
    package static func insertion(of job: Job, units: [Int64]? = nil) -> SQL {
        """
        INSERT INTO jobs (tenant_id, job_id, kind, status, parameters, units, total, due_at, actor, request_id, source,
            created_at, updated_at)
        VALUES (\(job.tenantID), \(job.id), \(job.kind), 'running', \(JSONText(text: job.parameters)), \(units),
            \(job.total), \(job.createdAt), \(job.actor), \(job.requestID), \(job.source), \(job.createdAt), \(job.createdAt))
        """
    }

    /// Nil when another process was faster.
    package func claim(_ id: Int64, of tenant: Int64, at now: Date) async throws -> Job? {
        try await database.write(
            """
            UPDATE jobs j SET due_at = \(now.addingTimeInterval(Self.lease)), lease_no = j.lease_no + 1
            WHERE j.tenant_id = \(tenant) AND j.job_id = \(id) AND j.due_at <= \(now)
            RETURNING \(unescaped: Job.columns)
            """
        ).first.map(Job.init)
    }

    /// Commits a slice with its effect, and gives the job back: the next slice is anybody's.
    ///
    /// - Returns: the job as it is then; nil when the lease was lost or the job cancelled, and nothing was written.
    package func commit(_ step: JobStep, of job: Job, at now: Date) async throws -> Job? {
        try await database.transaction { transaction in
            let end: Date? = step.isFinished ? now : nil
            let due: Date? = step.isFinished ? nil : now.addingTimeInterval(step.pause ?? 0)
            let row = try transaction.query(
                """
                UPDATE jobs j SET position = \(step.position), total = coalesce(\(step.total), j.total),
                    succeeded = j.succeeded + \(step.succeeded), failed = j.failed + \(Int64(step.problems.count)),
                    status = CASE WHEN \(step.isFinished) THEN \(JobMove.complete.target) ELSE j.status END, stumbles = 0,
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

    /// A slice could not be done: again after a while, and given up after some stumbles in a row.
    func stumble(_ job: Job, retryAt: Date?, at now: Date) async throws {
        let end: Date? = retryAt == nil ? now : nil
        let reason: Job.EndReason? = retryAt == nil ? .givenUp : nil
        _ = try await database.write(
            """
            UPDATE jobs SET stumbles = stumbles + 1, due_at = \(retryAt), finished_at = \(end), updated_at = \(now),
                status = CASE WHEN \(retryAt == nil) THEN \(JobMove.giveUp.target) ELSE status END, end_reason = \(reason)
            WHERE tenant_id = \(job.tenantID) AND job_id = \(job.id) AND lease_no = \(job.lease)
                AND \(JobMove.giveUp.isAllowed())
            """)
    }

    /// Hands a job that is not finished back, so that another process goes on at once.
    package func release(_ job: Job, at now: Date) async throws {
        _ = try await database.write(
            """
            UPDATE jobs SET due_at = \(now)
            WHERE tenant_id = \(job.tenantID) AND job_id = \(job.id) AND lease_no = \(job.lease) AND status = 'running'
            """)
    }

    /// Ends all jobs of a tenant that is deleted.
    package static func cancelAll(of tenant: Int64, at now: Date) -> SQL {
        """
        UPDATE jobs SET status = \(JobMove.cancel.target), due_at = NULL, finished_at = \(now), updated_at = \(now)
        WHERE tenant_id = \(tenant) AND \(JobMove.cancel.isAllowed())
        """
    }

    /// Ends a job between two slices. What it has done stays done.
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
