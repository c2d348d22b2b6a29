package import Foundation
import HearthCore
package import HearthRules
import StrictJSON

extension OutboxEvent {
    /// Creates an event of a campaign.
    ///
    /// - Parameters:
    ///   - campaign: the campaign after the transition or change.
    ///   - updatedFields: names of the fields changed by a partner; empty for a transition.
    package init(
        _ event: CampaignEvent, of campaign: Campaign, previousStatus: CampaignStatus?,
        updatedFields: [String] = [], at now: Date
    ) {
        var json = JSONWriter()
        json.object { json in
            json.member("campaign_id", campaign.id)
            json.member("status", campaign.status.rawValue)
            json.member("previous_status", previousStatus?.rawValue)
            json.member("consent_id", campaign.consentID)
            json.array("updated_fields") { json in
                for field in updatedFields { json.value(field) }
            }
            json.member("mailbox_address", campaign.mailboxAddress)
            json.member("imap_type", "ms-graph")
            json.member("smtp_type", campaign.smtpType)
            json.member("owner_email", campaign.ownerEmail)
            json.member("connection_problem_code", campaign.connectionProblem)
            json.member("external_id", campaign.externalID)
            if let meta = campaign.meta { json.member("meta", raw: meta) } else { json.null("meta") }
        }
        self.init(
            type: event.type, action: event.rawValue, orderingKey: "campaign:\(campaign.id)", campaignID: campaign.id,
            ownerEmail: campaign.ownerEmail, sequence: campaign.eventSequence,
            account: Self.account(
                campaignID: campaign.id, firstName: campaign.firstName, lastName: campaign.lastName,
                email: campaign.email, tags: campaign.tags, meta: campaign.meta),
            data: json.text, createdAt: now)
    }
}
