package import Foundation
package import HearthRules
package import HearthWeb
package import Postgres
package import StrictJSON

/// A request to an owner to connect a mailbox, with a link to a page of ours that leads to Microsoft.
package struct Invitation: Sendable {
    package typealias Status = InvitationStatus

    package enum MailStatus: String, Sendable, PostgresEncodable, PostgresDecodable {
        case queued, sent, failed
    }

    package let id: Int64
    package let tenantID: Int64
    package let tenantName: String
    let applicationID: Int64?
    /// The client id of the tenant's own application, if it is used.
    package let applicationClientID: String?
    private let storedStatus: Status
    package let outcomeCode: String?
    package let level: PermissionLevel
    /// Whether to also request access to mailboxes that others share with the owner.
    package let includesShared: Bool
    let sealedSeed: [UInt8]
    /// The number of links so far; each resend creates a new one.
    package let linkNumber: Int
    package let email: String
    package let emailKey: String
    package let firstName: String
    package let lastName: String
    package let ownerEmail: String?
    package let language: Language
    package let returnURL: String?
    package let tags: [String]
    package let meta: String?
    package let consentID: Int64?
    package let mailboxID: Int64?
    package let campaignID: Int64?
    /// Nil if the partner sends the link.
    package let mailStatus: MailStatus?
    package let mailError: String?
    package let mailSentAt: Date?
    /// Lifetime of each link in seconds.
    package let lifetime: Int
    package let createdAt: Date
    package let updatedAt: Date
    package let openedAt: Date?
    package let completedAt: Date?
    package let expiresAt: Date

    /// Returns the status at a time. An open link whose time has passed is expired even before the worker records it.
    package func status(at now: Date) -> Status { storedStatus.isLive && expiresAt <= now ? .expired : storedStatus }
}

extension Invitation {
    /// The columns of a query in which `i` is the invitation and `t` its tenant.
    package static let columns =
        """
        i.invitation_id, i.tenant_id, t.name AS tenant_name, i.app_id, i.status, i.outcome_code, i.level, i.shared, i.seed,
        i.link_no, i.email, i.email_key, i.first_name, i.last_name, i.owner_email, i.language, i.return_url, i.tags,
        i.meta, i.consent_id, i.mailbox_id, i.campaign_id, i.mail_status, i.mail_error, i.mail_sent_at, i.lifetime,
        i.created_at, i.updated_at, i.opened_at, i.completed_at, i.expires_at,
        (SELECT m.client_id FROM microsoft_apps m WHERE m.tenant_id = i.tenant_id AND m.app_id = i.app_id) AS app_client_id
        """

    /// The status as an SQL expression, for filters. Agrees with the method of the same name.
    package static func status(at now: Date) -> SQL {
        """
        CASE WHEN i.status IN ('invited', 'opened', 'declined', 'failed') AND i.expires_at <= \(now) THEN 'expired'
            ELSE i.status END
        """
    }

    package init(row: Row) throws {
        id = try row["invitation_id"]
        tenantID = try row["tenant_id"]
        tenantName = try row["tenant_name"]
        applicationID = try row[nullable: "app_id"]
        applicationClientID = try row[nullable: "app_client_id"]
        storedStatus = try row["status"]
        outcomeCode = try row[nullable: "outcome_code"]
        level = try row["level"]
        includesShared = try row["shared"]
        sealedSeed = try row["seed"]
        linkNumber = try row["link_no"]
        email = try row["email"]
        emailKey = try row["email_key"]
        firstName = try row["first_name"]
        lastName = try row["last_name"]
        ownerEmail = try row[nullable: "owner_email"]
        language = Language(rawValue: try row["language"]) ?? .english
        returnURL = try row[nullable: "return_url"]
        tags = try row["tags"]
        meta = (try row[nullable: "meta"] as JSONText?)?.text
        consentID = try row[nullable: "consent_id"]
        mailboxID = try row[nullable: "mailbox_id"]
        campaignID = try row[nullable: "campaign_id"]
        mailStatus = try row[nullable: "mail_status"]
        mailError = try row[nullable: "mail_error"]
        mailSentAt = try row[nullable: "mail_sent_at"]
        lifetime = try row["lifetime"]
        createdAt = try row["created_at"]
        updatedAt = try row["updated_at"]
        openedAt = try row[nullable: "opened_at"]
        completedAt = try row[nullable: "completed_at"]
        expiresAt = try row["expires_at"]
    }
}

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
