package import Foundation
import HearthCore
package import HearthMailboxes
import HearthRules
import StrictJSON

/// The events about an invitation. Their `type` is `invitation.` followed by the raw value.
package enum InvitationEvent: String, Sendable, CaseIterable {
    case opened, completed, declined, failed, expired
}

extension OutboxEvent {
    /// - Parameter consentID: the consent that has just been created; nil for the one stored with the invitation.
    package init(
        _ event: InvitationEvent, of invitation: Invitation, consentID: Int64? = nil, code: String? = nil, at now: Date
    ) {
        self.init(
            event, invitation: invitation.id,
            data: InvitationEventData(
                consentID: consentID ?? invitation.consentID, mailboxID: invitation.mailboxID,
                campaignID: invitation.campaignID,
                code: code, level: invitation.level, ownerEmail: invitation.ownerEmail, meta: invitation.meta),
            account: Self.account(
                campaignID: invitation.campaignID, firstName: invitation.firstName, lastName: invitation.lastName,
                email: invitation.email, tags: invitation.tags, meta: invitation.meta),
            at: now)
    }

    /// Creates an event about the invitation of a consent. The consent has the same names and meta as the invitation.
    package init(
        _ event: InvitationEvent, invitation: Int64, consent: Consent, mailbox: Int64? = nil, campaign: Int64? = nil,
        code: String? = nil, at now: Date
    ) {
        self.init(
            event, invitation: invitation,
            data: InvitationEventData(
                consentID: consent.id, mailboxID: mailbox, campaignID: campaign, code: code, level: consent.level,
                ownerEmail: consent.ownerEmail, meta: consent.meta),
            account: Self.account(
                campaignID: campaign, firstName: consent.firstName, lastName: consent.lastName, email: consent.email,
                tags: consent.tags, meta: consent.meta),
            at: now)
    }

    private init(
        _ event: InvitationEvent, invitation: Int64, data: InvitationEventData, account: String, at now: Date
    ) {
        self.init(
            type: "invitation.\(event.rawValue)", action: event.rawValue, orderingKey: "invitation:\(invitation)",
            campaignID: nil, ownerEmail: data.ownerEmail, sequence: 0, account: account,
            data: data.text(event, invitation: invitation),
            createdAt: now)
    }
}

private struct InvitationEventData {
    let consentID: Int64?
    let mailboxID: Int64?
    let campaignID: Int64?
    let code: String?
    let level: PermissionLevel
    let ownerEmail: String?
    let meta: String?

    func text(_ event: InvitationEvent, invitation: Int64) -> String {
        var json = JSONWriter()
        json.object { json in
            json.member("invitation_id", invitation)
            json.member("status", event.rawValue)
            json.member("outcome_code", code)
            json.member("permission_level", level.rawValue)
            json.member("consent_id", consentID)
            json.member("mailbox_id", mailboxID)
            json.member("campaign_id", campaignID)
            json.member("owner_email", ownerEmail)
            if let meta { json.member("meta", raw: meta) } else { json.null("meta") }
        }
        return json.text
    }
}
