package import Foundation
import HearthCore
package import HearthRules
import HearthWeb
package import Postgres
package import StrictJSON

/// A stored consent: a link that an owner may follow until it ends.
package struct Consent: Sendable {
    package enum Kind: String, Sendable, PostgresEncodable, PostgresDecodable {
        case connect, reconnect
        /// Connects a mailbox without a campaign.
        case mailbox
    }

    package typealias Status = ConsentStatus

    package let id: Int64
    package let tenantID: Int64
    package let tenantName: String
    package let kind: Kind
    /// The campaign of a reconnect; nil if no campaign uses the mailbox.
    package let reconnects: Int64?
    /// The mailbox that it connected; for a reconnect, the mailbox to connect again.
    package let mailboxID: Int64?
    package let applicationID: Int64?
    /// The client id of the tenant's own application, if that is used.
    package let applicationClientID: String?
    package let status: Status
    /// The outcome of the last attempt that did not complete.
    package let outcome: ConsentOutcome.Kind?
    package let outcomeCode: String?
    package let attempts: Int
    package let leaseUntil: Date?
    let leaseNumber: Int
    /// SHA-256 of the authorization codes seen.
    package let codes: [String]
    package let sealedSeed: [UInt8]
    package let level: PermissionLevel
    /// Whether access to mailboxes shared with the owner is requested, too.
    package let includesShared: Bool
    package let returnURL: String?
    package let campaignID: Int64?
    /// The invitation that it belongs to.
    package let invitationID: Int64?
    package let email: String
    package let emailKey: String
    package let firstName: String
    package let lastName: String
    package let ownerEmail: String?
    package let tags: [String]
    package let meta: String?
    /// The external id of the campaign that it reconnects, or the one that an import gives to the new campaign.
    package let externalID: String?
    package let createdAt: Date
    package let updatedAt: Date
    package let expiresAt: Date

    /// Columns of the aliases `s` (the consent) and `t` (its tenant).
    package static let columns =
        """
        s.consent_id, s.tenant_id, t.name AS tenant_name, s.kind, s.reconnects, s.app_id, s.status, s.outcome,
        s.outcome_code, s.attempts, s.lease_until, s.lease_no, s.codes, s.seed, s.level, s.shared, s.return_url, s.campaign_id, s.mailbox_id, s.invitation_id,
        s.email, s.email_key, s.first_name, s.last_name, s.owner_email, s.tags, s.meta, s.created_at, s.updated_at, s.expires_at,
        coalesce(s.external_id, (SELECT c.external_id FROM campaigns c
            WHERE c.tenant_id = s.tenant_id AND c.campaign_id = s.reconnects)) AS external_id,
        (SELECT a.client_id FROM microsoft_apps a WHERE a.tenant_id = s.tenant_id AND a.app_id = s.app_id) AS app_client_id
        """

    package init(row: Row) throws {
        id = try row["consent_id"]
        tenantID = try row["tenant_id"]
        tenantName = try row["tenant_name"]
        kind = try row["kind"]
        reconnects = try row[nullable: "reconnects"]
        mailboxID = try row[nullable: "mailbox_id"]
        applicationID = try row[nullable: "app_id"]
        applicationClientID = try row[nullable: "app_client_id"]
        status = try row["status"]
        outcome = try row[nullable: "outcome"]
        outcomeCode = try row[nullable: "outcome_code"]
        attempts = try row["attempts"]
        leaseUntil = try row[nullable: "lease_until"]
        leaseNumber = try row["lease_no"]
        codes = try row["codes"]
        sealedSeed = try row["seed"]
        level = try row["level"]
        includesShared = try row["shared"]
        returnURL = try row[nullable: "return_url"]
        campaignID = try row[nullable: "campaign_id"]
        invitationID = try row[nullable: "invitation_id"]
        email = try row["email"]
        emailKey = try row["email_key"]
        firstName = try row["first_name"]
        lastName = try row["last_name"]
        ownerEmail = try row[nullable: "owner_email"]
        tags = try row["tags"]
        meta = (try row[nullable: "meta"] as JSONText?)?.text
        externalID = try row[nullable: "external_id"]
        createdAt = try row["created_at"]
        updatedAt = try row["updated_at"]
        expiresAt = try row["expires_at"]
    }

    /// Whether it connects a mailbox without a campaign.
    package var isStandalone: Bool { kind == .mailbox || (kind == .reconnect && reconnects == nil) }

    /// The status now. A link past its expiry is expired even before the worker has recorded it.
    package func status(at now: Date) -> Status {
        let isLive = status == .open || status == .redeeming
        return isLive && expiresAt <= now ? .expired : status
    }

    /// The status shown by the API: the state or, while the link is open, the outcome of its last attempt.
    package func shownStatus(at now: Date) -> String {
        let status = status(at: now)
        guard status == .open, let outcome else { return status.rawValue }
        return outcome.rawValue
    }
}

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
