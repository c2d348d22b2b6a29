package import Foundation

/// How long rows are kept once they are no longer needed, in seconds. Live rows are kept.
package struct RetentionSettings: Sendable {
    /// Events and their deliveries. Whole months are dropped.
    package let events: TimeInterval
    /// Deliveries of replays, from their end.
    package let replays: TimeInterval
    /// Delivery attempts with their responses. Whole months are dropped.
    package let attempts: TimeInterval
    /// Links that expired or were revoked.
    package let consents: TimeInterval
    /// Deleted campaigns, with their history.
    package let campaigns: TimeInterval
    /// Grants that were replaced or have ended. They have no tokens.
    package let grants: TimeInterval
    /// Messages sent and received, once nothing is to be done about them.
    package let messages: TimeInterval
    /// Jobs that have ended.
    package let jobs: TimeInterval
    /// API keys that were revoked or have expired.
    package let keys: TimeInterval

    init(_ reader: inout SettingsReader) {
        func days(_ table: String, _ standard: Int, from least: Int = 1) -> TimeInterval {
            TimeInterval(reader.integer("HEARTH_RETENTION_\(table)_DAYS", in: least...3_650, default: standard))
                * 86_400
        }
        // The last attempt of a delivery is up to three days after its event.
        events = days("EVENTS", 90, from: 4)
        attempts = days("ATTEMPTS", 30, from: 4)
        replays = days("REPLAYS", 30)
        consents = days("CONSENTS", 90)
        campaigns = days("CAMPAIGNS", 90)
        grants = days("GRANTS", 90)
        messages = days("MESSAGES", 90)
        jobs = days("JOBS", 30)
        keys = days("KEYS", 90)
    }
}
