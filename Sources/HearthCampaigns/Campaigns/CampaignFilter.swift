import Foundation
package import HearthRules
import HearthWeb
import Postgres
import StrictJSON

/// A filter for a tenant's campaigns. All given conditions must hold; deleted campaigns never match.
package struct CampaignFilter: Sendable, Equatable {
    package var status: CampaignStatus?
    /// The requested address, or the mailbox's actual one.
    var email: EmailAddress?
    /// A substring of either address, case-insensitive.
    package var addressPart: String?
    package var tag: String?
    /// Excludes campaigns created later. Set by jobs, never by a request.
    var bornUntil: Date?

    package init() {}

    init(_ fields: inout Fields) {
        status = fields.choice("status", or: "status_code", as: LiveStatus.self)?.status
        email = fields.address("email")
        tag = fields.string("tag", length: 1...255)
    }

    package var isEmpty: Bool { self == CampaignFilter() }

    /// Conditions on the alias `c`, beginning with AND. Each combination is a separate statement, so that its plan uses the
    /// right index.
    var condition: SQL {
        var condition: SQL = "AND c.status <> 'deleted'"
        if let status { condition = "\(condition) AND c.status = \(status)" }
        if let email {
            condition = "\(condition) AND (c.email_key = \(email.key) OR lower(c.mailbox_address) = \(email.key))"
        }
        if let addressPart {
            condition = """
                \(condition) AND (strpos(lower(c.email), lower(\(addressPart))) > 0
                    OR strpos(lower(c.mailbox_address), lower(\(addressPart))) > 0)
                """
        }
        if let tag { condition = "\(condition) AND c.tags @> \([tag])" }
        if let bornUntil { condition = "\(condition) AND c.created_at <= \(bornUntil)" }
        return condition
    }

    /// Writes the filter in the form of a request.
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("status", status?.rawValue)
            json.member("email", email?.text)
            json.member("tag", tag)
        }
    }

    private enum LiveStatus: String, CaseIterable {
        case pending, active, paused

        var status: CampaignStatus? { CampaignStatus(rawValue: rawValue) }
    }
}
