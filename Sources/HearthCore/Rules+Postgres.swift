package import HearthRules
import Postgres

// Types of HearthRules that are stored by their raw value.
extension CampaignStatus: PostgresEncodable, PostgresDecodable {}
extension CampaignCommand: PostgresEncodable, PostgresDecodable {}
extension RampupSpeed: PostgresEncodable, PostgresDecodable {}
extension SchedulePreset: PostgresEncodable, PostgresDecodable {}
extension WarmupAudience: PostgresEncodable, PostgresDecodable {}
extension WarningCode: PostgresEncodable, PostgresDecodable {}
extension PermissionLevel: PostgresEncodable, PostgresDecodable {}
extension AccountType: PostgresEncodable, PostgresDecodable {}
extension ConsentStatus: PostgresEncodable, PostgresDecodable {}
extension AdminConsentStatus: PostgresEncodable, PostgresDecodable {}
extension InvitationStatus: PostgresEncodable, PostgresDecodable {}
extension GrantState: PostgresEncodable, PostgresDecodable {}
extension JobStatus: PostgresEncodable, PostgresDecodable {}
extension DeliveryStatus: PostgresEncodable, PostgresDecodable {}
