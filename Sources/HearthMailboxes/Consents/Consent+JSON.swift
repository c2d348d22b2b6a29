package import Foundation
import HearthRules
import HearthWeb
package import StrictJSON

extension Consent {
    /// Writes the consent as the API shows it. The URL is never shown again.
    package func write(to json: inout JSONWriter, at now: Date) {
        json.object { json in
            json.member("id", id)
            json.member("kind", kind.rawValue)
            json.member("status", shownStatus(at: now))
            json.member("outcome_code", outcomeCode)
            json.member("email", email)
            json.member("permission_level", level.rawValue)
            json.member("campaign_id", campaignID ?? reconnects)
            json.member("mailbox_id", mailboxID)
            json.member("invitation_id", invitationID)
            json.member("attempts", attempts)
            json.member("created_at", RFC3339.format(createdAt))
            json.member("updated_at", RFC3339.format(updatedAt))
            json.member("expires_at", RFC3339.format(expiresAt))
        }
    }
}
