package import Foundation
import HearthCore
import HearthRules
import StrictJSON

/// The events about an admin consent. Their `type` is `admin_consent.` followed by the raw value.
package enum AdminConsentEvent: String, Sendable, CaseIterable {
    case granted, declined
}

extension OutboxEvent {
    package init(_ event: AdminConsentEvent, of consent: AdminConsent, code: String?, at now: Date) {
        var data = JSONWriter()
        data.object { json in
            json.member("admin_consent_id", consent.id)
            json.member("domain", consent.domain)
            json.member("permission_level", consent.level.rawValue)
            json.member("outcome", event.rawValue)
            json.member("outcome_code", code)
        }
        self.init(
            type: "admin_consent.\(event.rawValue)", action: event.rawValue,
            orderingKey: "admin_consent:\(consent.id)", campaignID: nil, ownerEmail: nil,
            sequence: 0,
            account: Self.account(
                campaignID: nil, firstName: "", lastName: "", email: consent.email ?? "", tags: [], meta: nil),
            data: data.text, createdAt: now)
    }
}
