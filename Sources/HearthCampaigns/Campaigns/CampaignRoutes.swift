import Foundation
import HTTPTypes
import HearthCore
import HearthRules
package import HearthWeb
import Hummingbird
import Postgres
import StrictJSON

/// Routes that read campaigns.
struct CampaignRoutes {
    let campaigns: CampaignStore

    private static let streamedPage = 500

    /// Lists all campaigns, as a client made for Mailivery expects, or one page if `limit` or `cursor` is given.
    func list(_ request: Request, context: TenantContext) async throws -> Response {
        var fields = try Fields(query: request.uri.query)
        let filter = CampaignFilter(&fields)
        let wanted = PageRequest(of: .campaigns, &fields)
        try fields.validated()
        guard let wanted else { return try await stream(filter, of: context.tenantID) }
        return try await campaigns.list(filter, page: wanted, of: context.tenantID).response(
            to: request, code: "CAMPAIGNS_FETCHED", message: "Campaigns fetched"
        ) { $0.write(to: &$1) }
    }

    /// Streams all campaigns, reading them in pages.
    private func stream(_ filter: CampaignFilter, of tenant: Int64) async throws -> Response {
        let next = { @Sendable [campaigns] (last: Int64?) in
            try await campaigns.list(
                filter, page: PageRequest(of: .campaigns, after: last, limit: Self.streamedPage), of: tenant)
        }
        return StreamedList(
            head: Envelope.head(code: "CAMPAIGNS_FETCHED", message: "Campaigns fetched"),
            first: try await next(nil).elements,
            next: { page, _ in
                guard page.count == Self.streamedPage, let last = page.last else { return [] }
                return try await next(last.id).elements
            },
            write: { $0.write(to: &$1) }
        ).response
    }

    func get(_ request: Request, context: TenantContext) async throws -> Response {
        Self.answer(try await campaigns.find(try context.campaignID(), of: context.tenantID))
    }

    /// Returns the campaign requested for an address, otherwise the one whose mailbox has that address.
    func getByEmail(_ request: Request, context: TenantContext) async throws -> Response {
        guard let text = context.parameters.get("email")?.removingPercentEncoding, let email = try? EmailAddress(text)
        else { throw APIError.campaignNotFound }
        return Self.answer(try await campaigns.find(email, of: context.tenantID))
    }

    private static func answer(_ campaign: Campaign) -> Response {
        Envelope.response(
            code: "CAMPAIGN_FETCHED", message: "Campaign fetched", headers: [.eTag: campaign.settingsTag.text]
        ) { campaign.write(to: &$0) }
    }
}

extension TenantContext {
    /// The campaign id in the path.
    ///
    /// - Throws: 403 `CAMPAIGN_NOT_FOUND` if it is not a valid id.
    package func campaignID() throws(APIError) -> Int64 {
        guard let id = parameters.get("id").flatMap({ Int64($0) }), id > 0 else { throw .campaignNotFound }
        return id
    }
}

extension APIError {
    /// The same error for unknown, foreign and deleted campaigns, returned before anything else is checked.
    package static let campaignNotFound = APIError(
        .forbidden, code: "CAMPAIGN_NOT_FOUND",
        message: "There is no such campaign for this API key. List yours with GET /api/v1/campaigns.")
}

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

/// `GET /campaigns/{id}/fetch-rampup-status`, and the same as PATCH, as in Mailivery's API.
struct RampupRoutes {
    let campaigns: CampaignStore

    func status(_ request: Request, context: TenantContext) async throws -> Response {
        let campaign = try await campaigns.find(try context.campaignID(), of: context.tenantID)
        return Envelope.response(code: "RAMPUP_STATUS_FETCHED", message: "Ramp-up status fetched") { json in
            json.object { json in
                json.member("campaign_id", campaign.id)
                json.member("with_rampup", campaign.settings.withRampup)
                json.member("rampup_speed", campaign.settings.rampupSpeed.rawValue)
                json.member("email_per_day_target", campaign.settings.emailPerDay)
                // Only the warm-up engine could know the progress.
                json.null("email_per_day_now")
                json.null("rampup_day")
                json.member("engine", "not_installed")
            }
        }
    }
}
