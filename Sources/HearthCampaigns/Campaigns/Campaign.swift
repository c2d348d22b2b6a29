package import Foundation
import HearthCore
package import HearthRules
package import Postgres
import StrictJSON

/// A stored campaign.
package struct Campaign: Sendable, Equatable {
    package let id: Int64
    package let mailboxID: Int64
    /// The consent that last connected the mailbox.
    package var consentID: Int64
    package var status: CampaignStatus
    package var version: Int
    var eventSequence: Int
    var connectionProblem: String?
    package let email: String
    package var mailboxAddress: String
    package var firstName: String
    package var lastName: String
    package var ownerEmail: String?
    let smtpType: String
    package var settings: CampaignSettings
    /// Counts changes to anything that a partner may set; the entity tag is derived from it.
    var settingsVersion: Int
    package var tags: [String]
    /// The partner's own JSON, unchanged.
    package var meta: String?
    package let createdAt: Date
    package var updatedAt: Date
    /// Its id in the service that it was imported from.
    package var externalID: String?

    package init(
        id: Int64, mailboxID: Int64, consentID: Int64, status: CampaignStatus, version: Int, eventSequence: Int,
        connectionProblem: String? = nil, email: String, mailboxAddress: String, firstName: String, lastName: String,
        ownerEmail: String? = nil, smtpType: String, settings: CampaignSettings, settingsVersion: Int, tags: [String],
        meta: String? = nil, createdAt: Date, updatedAt: Date, externalID: String? = nil
    ) {
        self.id = id
        self.mailboxID = mailboxID
        self.consentID = consentID
        self.status = status
        self.version = version
        self.eventSequence = eventSequence
        self.connectionProblem = connectionProblem
        self.email = email
        self.mailboxAddress = mailboxAddress
        self.firstName = firstName
        self.lastName = lastName
        self.ownerEmail = ownerEmail
        self.smtpType = smtpType
        self.settings = settings
        self.settingsVersion = settingsVersion
        self.tags = tags
        self.meta = meta
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.externalID = externalID
    }

    /// Columns of the alias `c`, as read by `init(row:)`.
    package static let columns =
        """
        c.campaign_id, c.mailbox_id, c.consent_id, c.status, c.version, c.event_sequence, c.connection_problem, c.email,
        c.mailbox_address, c.first_name, c.last_name, c.owner_email, c.smtp_type, c.email_per_day, c.response_rate,
        c.with_rampup, c.rampup_speed, c.timezone, c.sending_schedule, c.sending_windows, c.warmup_audience_type,
        c.settings_version, c.tags, c.meta, c.created_at, c.updated_at, c.external_id
        """
}

extension Campaign {
    package init(row: Row) throws {
        self.init(
            id: try row["campaign_id"],
            mailboxID: try row["mailbox_id"],
            consentID: try row["consent_id"],
            status: try row["status"],
            version: try row["version"],
            eventSequence: try row["event_sequence"],
            connectionProblem: try row[nullable: "connection_problem"],
            email: try row["email"],
            mailboxAddress: try row["mailbox_address"],
            firstName: try row["first_name"],
            lastName: try row["last_name"],
            ownerEmail: try row[nullable: "owner_email"],
            smtpType: try row["smtp_type"],
            settings: try CampaignSettings(row: row),
            settingsVersion: try row["settings_version"],
            tags: try row["tags"],
            meta: (try row[nullable: "meta"] as JSONText?)?.text,
            createdAt: try row["created_at"],
            updatedAt: try row["updated_at"],
            externalID: try row[nullable: "external_id"])
    }
}

extension CampaignSettings {
    package init(row: Row) throws {
        self.init(
            emailPerDay: try row["email_per_day"], responseRate: try row["response_rate"],
            withRampup: try row["with_rampup"], rampupSpeed: try row["rampup_speed"], timezone: try row["timezone"],
            sendingSchedule: try SendingSchedule(row: row), audience: try row["warmup_audience_type"])
    }
}

extension OutboxEvent {
    /// Creates an event of a campaign.
    ///
    /// - Parameters:
    ///   - campaign: the campaign after the transition or change.
    ///   - updatedFields: names of the fields changed by a partner; empty for a transition.
    package init(
        _ event: CampaignEvent, of campaign: Campaign, previousStatus: CampaignStatus?,
        updatedFields: [String] = [], at now: Date
    ) {
        var json = JSONWriter()
        json.object { json in
            json.member("campaign_id", campaign.id)
            json.member("status", campaign.status.rawValue)
            json.member("previous_status", previousStatus?.rawValue)
            json.member("consent_id", campaign.consentID)
            json.array("updated_fields") { json in
                for field in updatedFields { json.value(field) }
            }
            json.member("mailbox_address", campaign.mailboxAddress)
            json.member("imap_type", "ms-graph")
            json.member("smtp_type", campaign.smtpType)
            json.member("owner_email", campaign.ownerEmail)
            json.member("connection_problem_code", campaign.connectionProblem)
            json.member("external_id", campaign.externalID)
            if let meta = campaign.meta { json.member("meta", raw: meta) } else { json.null("meta") }
        }
        self.init(
            type: event.type, action: event.rawValue, orderingKey: "campaign:\(campaign.id)", campaignID: campaign.id,
            ownerEmail: campaign.ownerEmail, sequence: campaign.eventSequence,
            account: Self.account(
                campaignID: campaign.id, firstName: campaign.firstName, lastName: campaign.lastName,
                email: campaign.email, tags: campaign.tags, meta: campaign.meta),
            data: json.text, createdAt: now)
    }
}
