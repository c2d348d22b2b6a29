import Foundation
import Postgres

/// A leased lane: the right to send its head, then its successors.
package struct WebhookLane: Sendable {
    package let tenantID: Int64
    let endpointID: Int64
    package let key: String
    package let next: Int64
    package let last: Int64
    /// Attempts of the head so far.
    package let attempts: Int
    let lease: Int64

    /// Whether its deliveries carry the header `hearth-replay`.
    package var isReplay: Bool { Self.isReplay(key) }

    package static func isReplay(_ key: String) -> Bool { key.hasPrefix(replayPrefix) }

    /// The prefix of the keys of replay lanes, and of no others.
    package static let replayPrefix = "replay:"

    /// The lane key of the replay with this id.
    package static func replayKey(_ id: Int64) -> String { replayPrefix + String(id) }
}

/// A delivery of a lane with its event.
struct WebhookDelivery: Sendable {
    let number: Int64
    let event: RecordedEvent
}
