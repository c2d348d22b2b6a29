import Foundation
import HearthCore
import HearthWeb
import Hummingbird
import Postgres

/// `GET /campaigns/external/{external_id}`: an imported campaign, by its id in the source system.
struct ExternalIDRoute {
    let database: Database

    func get(_ request: Request, context: TenantContext) async throws -> Response {
        guard let id = context.parameters.get("external_id")?.removingPercentEncoding, !id.utf8.contains(0) else {
            throw APIError.campaignNotFound
        }
        let row = try await database.read(
            """
            SELECT \(unescaped: Campaign.columns) FROM campaigns c
            WHERE c.tenant_id = \(context.tenantID) AND c.external_id = \(id) AND c.status <> 'deleted'
            ORDER BY c.campaign_id DESC LIMIT 1
            """
        ).first
        guard let row else { throw APIError.campaignNotFound }
        let campaign = try Campaign(row: row)
        return Envelope.response(code: "CAMPAIGN_FETCHED", message: "Campaign fetched") { campaign.write(to: &$0) }
    }
}
