import HearthCore
import HearthWeb
import Hummingbird

/// `GET /campaigns/{id}/history`, newest first.
struct HistoryRoutes {
    let history: CampaignHistory

    func list(_ request: Request, context: TenantContext) async throws -> Response {
        let id = try context.campaignID()
        guard try await history.hasCampaign(id, of: context.tenantID) else { throw APIError.campaignNotFound }
        var fields = try Fields(query: request.uri.query)
        let page =
            PageRequest(of: .history, order: .newestFirst, &fields)
            ?? PageRequest(firstOf: .history, order: .newestFirst)
        try fields.validated()
        return try await history.list(of: id, page: page, tenant: context.tenantID).response(
            to: request, code: "CAMPAIGN_HISTORY_FETCHED", message: "Campaign history fetched"
        ) { $0.write(to: &$1) }
    }
}
