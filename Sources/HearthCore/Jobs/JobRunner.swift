package import Foundation
package import Postgres

/// Does the work of one kind of job, slice by slice.
package protocol JobRunner: Sendable {
    var kind: Job.Kind { get }

    /// Does the slice at the job's position. A slice may run twice if a process dies before the commit, so everything outside
    /// ``JobStep/effect`` must be idempotent.
    func step(_ job: Job) async throws -> JobStep
}

/// The result of one slice, committed together with the job's new position.
package struct JobStep: Sendable {
    /// The position of the next slice.
    package var position: Int64
    /// The total number of units, once known.
    package var total: Int64?
    package var succeeded: Int64 = 0
    package var problems: [JobProblem] = []
    package var isFinished = false
    /// Seconds to wait before the next slice, for example because a queue that this one fills is full.
    package var pause: TimeInterval?
    /// Writes that are part of the same commit.
    package var effect: (@Sendable (inout Transaction) throws -> Void)?

    package init(
        position: Int64, total: Int64? = nil, succeeded: Int64 = 0, problems: [JobProblem] = [],
        isFinished: Bool = false, pause: TimeInterval? = nil,
        effect: (@Sendable (inout Transaction) throws -> Void)? = nil
    ) {
        self.position = position
        self.total = total
        self.succeeded = succeeded
        self.problems = problems
        self.isFinished = isFinished
        self.pause = pause
        self.effect = effect
    }
}

/// Whether a job may continue, checked before each slice.
enum JobEligibility: Sendable, Equatable {
    case good
    /// The tenant is suspended or deleted: the job waits, and continues if the tenant is resumed.
    case waits
    /// The key or member that started the job was revoked or removed.
    case over(Job.EndReason)
}

extension JobStore {
    func standing(of job: Job) async throws -> JobEligibility {
        let row = try await database.read(
            """
            SELECT t.status,
                EXISTS (SELECT FROM api_keys k WHERE k.tenant_id = t.tenant_id AND k.key_id = \(job.keyID)
                    AND k.revoked_at IS NOT NULL) AS is_revoked,
                EXISTS (SELECT FROM console_members m WHERE m.tenant_id = t.tenant_id AND m.member_id = \(job.memberID))
                    AS is_member
            FROM tenants t WHERE t.tenant_id = \(job.tenantID)
            """
        ).first
        guard let row, try row["status"] == "active" else { return .waits }
        if try row["is_revoked"] { return .over(.keyRevoked) }
        if job.memberID != nil, try !row["is_member"] { return .over(.memberRemoved) }
        return .good
    }
}

extension Job {
    /// The id of the key that started the job, from ``Caller/actor``.
    fileprivate var keyID: Int64? { id(in: "api_key:") }
    /// The id of the console member that started the job.
    fileprivate var memberID: Int64? { id(in: "member:") }

    private func id(in prefix: String) -> Int64? {
        actor.hasPrefix(prefix) ? Int64(actor.dropFirst(prefix.count)) : nil
    }
}
