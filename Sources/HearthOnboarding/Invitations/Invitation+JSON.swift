package import Foundation
import HearthRules
import HearthWeb
package import StrictJSON

extension Invitation {
    /// Writes the invitation as partners see it.
    ///
    /// - Parameter url: the link, if the partner is to send it. Only the call that created the link shows it.
    package func write(to json: inout JSONWriter, url: String? = nil, at now: Date) {
        json.object { json in
            json.member("id", id)
            json.member("status", status(at: now).rawValue)
            json.member("outcome_code", outcomeCode)
            json.member("email", email)
            json.member("first_name", firstName)
            json.member("last_name", lastName)
            json.member("owner_email", ownerEmail)
            json.member("permission_level", level.rawValue)
            json.member("shared_mailboxes", includesShared)
            json.member("language", language.rawValue)
            json.array("tags") { json in
                for tag in tags { json.value(tag) }
            }
            if let meta { json.member("meta", raw: meta) } else { json.null("meta") }
            json.member("url", url)
            json.member("links", linkNumber)
            json.member("email_status", mailStatus?.rawValue)
            json.member("email_error", mailError)
            json.member("email_sent_at", mailSentAt.map(RFC3339.format))
            json.member("consent_id", consentID)
            json.member("mailbox_id", mailboxID)
            json.member("campaign_id", campaignID)
            json.member("created_at", RFC3339.format(createdAt))
            json.member("updated_at", RFC3339.format(updatedAt))
            json.member("opened_at", openedAt.map(RFC3339.format))
            json.member("completed_at", completedAt.map(RFC3339.format))
            json.member("expires_at", RFC3339.format(expiresAt))
        }
    }
}
