import HearthCore
import HearthRules
import HearthWeb
import Hummingbird
import StrictJSON

/// `PATCH /campaigns/{id}/fetch-rampup-status`, a read in the contract's way, and the same as a GET.
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
                // Only the warm-up engine could know how far it has come.
                json.null("email_per_day_now")
                json.null("rampup_day")
                json.member("engine", "not_installed")
            }
        }
    }
}
