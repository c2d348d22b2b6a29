import Foundation
package import HearthRules
import HearthWeb
import Postgres
import StrictJSON

/// Which of a tenant's campaigns are meant. Everything that is given must hold; deleted campaigns never do.
package struct CampaignFilter: Sendable, Equatable {
    package var status: CampaignStatus?
    /// The address that was asked for, or the mailbox's own.
    var email: EmailAddress?
    /// A part of either address, in any case.
    package var addressPart: String?
    package var tag: String?
    /// Those that came later are not meant. Never a caller's wish.
    var bornUntil: Date?

    package init() {}

    init(_ fields: inout Fields) {
        status = fields.choice("status", or: "status_code", as: LiveStatus.self)?.status
        email = fields.address("email")
        tag = fields.string("tag", length: 1...255)
    }

    package var isEmpty: Bool { self == CampaignFilter() }

    /// Of an alias `c`, beginning with AND. Each combination is a statement of its own, so that each has the plan of its
    /// index.
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

    /// In the form of a request.
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
