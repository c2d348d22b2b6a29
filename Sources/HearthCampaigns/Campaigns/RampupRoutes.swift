import HearthCore
import HearthRules
import HearthWeb
import Hummingbird
import StrictJSON

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
