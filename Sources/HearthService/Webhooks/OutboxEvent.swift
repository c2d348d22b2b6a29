import Foundation
import HearthRules
import StrictJSON

/// Something that partners are told, before it has a position in the feed.
struct OutboxEvent: Sendable {
    let type: String
    let action: String
    /// Deliveries of one key reach an endpoint in order.
    let orderingKey: String
    let campaignID: Int64?
    /// Whose mailbox it is about: endpoints with an owner receive that owner's events only.
    let ownerEmail: String?
    /// The webhook endpoint that it is about, which does not receive it itself.
    var endpointID: Int64?
    /// Counts the campaign's events from 1; 0 where there is no campaign.
    let sequence: Int
    /// JSON of the member `account`, in the form of Mailivery's webhooks.
    let account: String
    /// JSON of the member `data`, ours.
    let data: String
    let createdAt: Date

    /// How the owner is compared; nil where nobody is named.
    var ownerKey: String? { ownerEmail.flatMap(EmailAddress.key(of:)) }
    /// What an endpoint has in its list that receives this.
    var subscriptions: [String] { [type, EventType.every] }
}

extension OutboxEvent {
    /// An event of a campaign as it is after the move.
    ///
    /// - Parameter updatedFields: what a partner has changed; empty for a move.
    init(
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

    /// An event of a consent that has led to no campaign, or of its completion.
    init(
        consent: Consent, event: String, code: String?, campaignID: Int64? = nil, mailboxID: Int64? = nil,
        externalID: String? = nil, at now: Date
    ) {
        var json = JSONWriter()
        json.object { json in
            json.member("consent_id", consent.id)
            json.member("campaign_id", campaignID)
            json.member("mailbox_id", mailboxID ?? consent.mailboxID)
            json.member("invitation_id", consent.invitationID)
            json.member("outcome", event)
            json.member("outcome_code", code)
            json.member("owner_email", consent.ownerEmail)
            json.member("external_id", externalID ?? consent.externalID)
            if let meta = consent.meta { json.member("meta", raw: meta) } else { json.null("meta") }
        }
        self.init(
            type: "consent.\(event)", action: event, orderingKey: "consent:\(consent.id)", campaignID: nil,
            ownerEmail: consent.ownerEmail, sequence: 0,
            account: Self.account(
                campaignID: campaignID, firstName: consent.firstName, lastName: consent.lastName, email: consent.email,
                tags: consent.tags, meta: consent.meta),
            data: json.text, createdAt: now)
    }

    static func account(
        campaignID: Int64?, firstName: String, lastName: String, email: String, tags: [String], meta: String?
    ) -> String {
        var json = JSONWriter()
        json.object { json in
            json.member("campaign_id", campaignID)
            json.member("first_name", firstName)
            json.member("last_name", lastName)
            json.member("email", email)
            json.member("provider_type", "office")
            json.member("type", "ms-graph")
            json.array("tags") { json in
                for tag in tags { json.value(tag) }
            }
            json.member("meta", meta.flatMap(QueryString.init(meta:))?.text)
        }
        return json.text
    }
}
