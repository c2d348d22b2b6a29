package import HearthRules
package import Postgres

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
extension MessageStatus: PostgresEncodable, PostgresDecodable {}
extension ContentPolicy: PostgresEncodable, PostgresDecodable {}
extension WatchedFolder: PostgresEncodable, PostgresDecodable {}
extension DeliveryStatus: PostgresEncodable, PostgresDecodable {}

/// SQL fragments for moves. States are literals rather than parameters, because PostgreSQL chooses a partial index by the text
/// of a statement alone.
extension StateMachine {
    /// The state that the move leads to, as a literal.
    package var target: SQL { "'\(unescaped: move.to.rawValue)'" }

    /// Returns the condition that the move is allowed from the state in a column.
    package func isAllowed(from column: String = "status") -> SQL {
        let states = move.from.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        return "\(unescaped: column) IN (\(unescaped: states))"
    }
}
