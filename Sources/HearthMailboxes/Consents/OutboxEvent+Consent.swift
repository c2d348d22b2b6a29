package import Foundation
import HearthCore
import HearthRules
import StrictJSON

extension OutboxEvent {
    /// Creates the event `consent.<event>`.
    package init(
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
}
