package import Foundation
package import HearthRules
package import HearthWeb
package import Postgres

/// A filter for a tenant's consents. All given conditions must hold.
package struct ConsentFilter: Sendable, Equatable {
    /// The status shown by the API: a state or, while the link is open, the outcome of its last attempt.
    package enum Status: String, Sendable, CaseIterable, PostgresEncodable {
        case open, redeeming, completed, expired, revoked, declined, mismatched, failed
        case adminRequired = "admin_required"
        case scopeMissing = "scope_missing"
    }

    package var status: Status?
    package var email: EmailAddress?
    /// The campaign that it created or reconnects.
    package var campaignID: Int?

    /// The stages that the console's list can be filtered by.
    package enum Stage: String, Sendable, CaseIterable, PostgresEncodable {
        /// Regardless of the outcome of its last attempt.
        case open
        case completed, expired, revoked
    }

    package var stage: Stage?

    package init() {}

    package init(_ fields: inout Fields) {
        status = fields.choice("status")
        email = fields.address("email")
        campaignID = fields.integer("campaign_id", in: 1...9_007_199_254_740_991)
    }

    /// Conditions on the alias `s`. The status is ``Consent/shownStatus(at:)`` in SQL.
    package func condition(at now: Date) -> SQL {
        var condition: SQL = ""
        if let status {
            condition = """
                AND CASE WHEN s.status IN ('open', 'redeeming') AND s.expires_at <= \(now) THEN 'expired'
                    WHEN s.status = 'open' THEN coalesce(s.outcome, s.status) ELSE s.status END = \(status)
                """
        }
        if let stage {
            condition = """
                \(condition) AND CASE WHEN s.status IN ('open', 'redeeming') AND s.expires_at <= \(now) THEN 'expired'
                    WHEN s.status = 'redeeming' THEN 'open' ELSE s.status END = \(stage)
                """
        }
        if let email { condition = "\(condition) AND s.email_key = \(email.key)" }
        if let campaignID {
            condition = "\(condition) AND coalesce(s.campaign_id, s.reconnects) = \(Int64(campaignID))"
        }
        return condition
    }
}
