import Foundation
import Postgres

/// A lane under lease: the right to send its head, then its successors.
package struct WebhookLane: Sendable {
    package let tenantID: Int64
    let endpointID: Int64
    package let key: String
    package let next: Int64
    package let last: Int64
    /// Attempts of the head so far.
    package let attempts: Int
    let lease: Int64

    /// A replay says so in a header.
    package var isReplay: Bool { Self.isReplay(key) }

    package static func isReplay(_ key: String) -> Bool { key.hasPrefix(replayPrefix) }

    /// What the keys of replays' lanes begin with, and no other.
    package static let replayPrefix = "replay:"

    /// Of the lane of a replay of one event.
    package static func replayKey(_ id: Int64) -> String { replayPrefix + String(id) }
}

/// A delivery of a lane with its event.
struct WebhookDelivery: Sendable {
    let number: Int64
    let event: RecordedEvent
}
