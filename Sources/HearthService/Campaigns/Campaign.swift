import Foundation
import HearthRules
import Postgres

/// A campaign as it is stored.
struct Campaign: Sendable, Equatable {
    let id: Int64
    let mailboxID: Int64
    /// The consent that connected the mailbox last.
    var consentID: Int64
    var status: CampaignStatus
    var version: Int
    var eventSequence: Int
    var connectionProblem: String?
    let email: String
    var mailboxAddress: String
    var firstName: String
    var lastName: String
    var ownerEmail: String?
    let smtpType: String
    var settings: CampaignSettings
    /// Counts the changes of everything that a partner may set; the entity tag.
    var settingsVersion: Int
    var tags: [String]
    /// The partner's own text, untouched.
    var meta: String?
    let createdAt: Date
    var updatedAt: Date
    /// The id that it had in the service that it was imported from.
    var externalID: String?

    /// The columns that `init(row:)` reads, of an alias `c`.
    static let columns =
        """
        c.campaign_id, c.mailbox_id, c.consent_id, c.status, c.version, c.event_sequence, c.connection_problem, c.email,
        c.mailbox_address, c.first_name, c.last_name, c.owner_email, c.smtp_type, c.email_per_day, c.response_rate,
        c.with_rampup, c.rampup_speed, c.timezone, c.sending_schedule, c.sending_windows, c.warmup_audience_type,
        c.settings_version, c.tags, c.meta, c.created_at, c.updated_at, c.external_id
        """
}

extension Campaign {
    init(row: Row) throws {
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
    init(row: Row) throws {
        self.init(
            emailPerDay: try row["email_per_day"], responseRate: try row["response_rate"],
            withRampup: try row["with_rampup"], rampupSpeed: try row["rampup_speed"], timezone: try row["timezone"],
            sendingSchedule: try SendingSchedule(row: row), audience: try row["warmup_audience_type"])
    }
}

extension CampaignStatus: PostgresEncodable, PostgresDecodable {}
extension CampaignCommand: PostgresEncodable, PostgresDecodable {}
extension RampupSpeed: PostgresEncodable, PostgresDecodable {}
extension SchedulePreset: PostgresEncodable, PostgresDecodable {}
extension WarmupAudience: PostgresEncodable, PostgresDecodable {}
extension WarningCode: PostgresEncodable, PostgresDecodable {}
extension PermissionLevel: PostgresEncodable, PostgresDecodable {}
extension AccountType: PostgresEncodable, PostgresDecodable {}
