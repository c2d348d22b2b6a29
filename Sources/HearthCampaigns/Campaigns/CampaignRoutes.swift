import Foundation
import HTTPTypes
import HearthCore
import HearthRules
package import HearthWeb
import Hummingbird
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
