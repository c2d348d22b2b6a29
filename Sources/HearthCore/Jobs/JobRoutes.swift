import Foundation
import HTTPTypes
import HearthRules
package import HearthWeb
import Hummingbird
import Postgres
import StrictJSON

/// The routes to list, get and cancel jobs. Each kind has its own scope.
struct JobRoutes {
    let store: JobStore
    let now: @Sendable () -> Date

    func list(_ request: Request, context: TenantContext) async throws -> Response {
        var fields = try Fields(query: request.uri.query)
        let limit = fields.integer("limit", in: 1...100) ?? 20
        try fields.validated()
        let kinds = Job.Kind.allCases.filter { context.identity.scopes.contains($0.scopes.read) }
        let jobs = try await store.list(kinds, of: context.tenantID, limit: limit)
        return Envelope.response(code: "JOBS_FETCHED", message: "Jobs fetched") { json in
            json.array { json in
                for job in jobs { job.write(to: &json) }
            }
        }
    }

    func get(_ request: Request, context: TenantContext) async throws -> Response {
        let job = try await find(context)
        try context.identity.require(job.kind.scopes.read)
        let problems = try await store.problems(of: job.id, tenant: context.tenantID)
        return Envelope.response(code: "JOB_FETCHED", message: "Job fetched") {
            job.write(to: &$0, problems: problems)
        }
    }

    func cancel(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse {
        let found = try await find(context)
        try context.identity.require(found.kind.scopes.write)
        return try await write.once { call in
            let now = now()
            return try await store.database.transaction { transaction in
                let cancelled = try JobStore.cancel(
                    found.id, of: context.tenantID, because: .requested, at: now, in: &transaction)
                guard let job = cancelled else { throw APIError.jobNotFound }
                guard job.status == .cancelled else { throw APIError.jobEnded(job.status) }
                let answer = Envelope.prepared(
                    code: "JOB_CANCELLED", message: "The job was cancelled. Work that it has already done is kept."
                ) { job.write(to: &$0) }
                return try call.record(answer, in: &transaction)
            }
        }
    }

    private func find(_ context: TenantContext) async throws -> Job {
        guard let id = context.parameters.get("id").flatMap({ Int64($0) }), id > 0,
            let job = try await store.find(id, of: context.tenantID)
        else { throw APIError.jobNotFound }
        return job
    }
}

extension Job {
    /// The answer to the call that requested the job: 202 with the job's `Location`.
    package func accepted(_ message: String) -> PreparedAnswer {
        Envelope.prepared(
            code: "JOB_ACCEPTED", message: message, status: .accepted,
            headers: [.location: "\(PartnerRoutes.base)/jobs/\(id)"]
        ) { write(to: &$0) }
    }
}

extension APIError {
    static let jobNotFound = APIError(
        .notFound, code: "JOB_NOT_FOUND", message: "There is no such job in this account. See GET /api/v1/jobs.")

    static func jobEnded(_ status: Job.Status) -> APIError {
        APIError(
            .conflict, code: "JOB_ENDED", message: "The job is \(status.rawValue) and cannot be cancelled any more.",
            details: [("current_status", .string(status.rawValue))])
    }
}
