import Postgres

/// Whether a job may continue, checked before each slice.
enum JobStanding: Sendable, Equatable {
    case good
    /// The tenant is suspended or deleted: the job waits, and continues if the tenant is resumed.
    case waits
    /// The key or member that started the job was revoked or removed.
    case over(Job.EndReason)
}

extension JobStore {
    func standing(of job: Job) async throws -> JobStanding {
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
