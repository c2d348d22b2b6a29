import HearthCore
import HearthWeb
import Hummingbird
import Postgres

/// `POST /campaigns/actions`: creates a job that applies one action to a list of ids or to a filter.
struct ActionRoutes {
    let dependencies: Dependencies

    func create(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse {
        let body = try await ParsedBody.read(request, context: context)
        let wanted = try CampaignActions(body)
        return try await write.once(body) { call in
            var ids: [Int64]?
            if case .ids(let named) = wanted.selection { ids = named }
            let job = Job(
                .campaignActions, id: try await dependencies.ids.next(), parameters: wanted.text,
                total: ids.map { Int64($0.count) }, by: Caller(context), at: dependencies.now())
            let answer = job.accepted("The job has started. Follow or cancel it at Location.")
            let recorded = try await dependencies.database.transaction { [ids] transaction in
                transaction.write(JobStore.insertion(of: job, units: ids))
                return try call.record(answer, subject: "job:\(job.id)", in: &transaction)
            }
            dependencies.work.jobCommitted()
            return recorded
        }
    }
}
