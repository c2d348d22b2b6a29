package import Foundation
package import HearthCore
import HearthRules
package import Postgres

/// An event as far as a replay asks who may have it.
package struct ReplayedEvent: Sendable {
    let position: Int64
    let createdAt: Date
    let type: String
    let ownerKey: String?
    /// The webhook endpoint that it is about, which does not receive it.
    let endpointID: Int64?
}

/// The statements that send one event again.
package struct ReplayStore: Sendable {
    let database: Database

    package init(database: Database) {
        self.database = database
    }

    package func event(_ id: EventID, of tenant: Int64) async throws -> ReplayedEvent? {
        try await database.read(
            """
            SELECT position, created_at, type, owner_key, endpoint_id FROM events
            WHERE tenant_id = \(tenant) AND position = \(id.position(for: tenant))
            """
        ).first.map {
            ReplayedEvent(
                position: try $0["position"], createdAt: try $0["created_at"], type: try $0["type"],
                ownerKey: try $0[nullable: "owner_key"], endpointID: try $0[nullable: "endpoint_id"])
        }
    }

    /// Sends the event to every enabled endpoint that receives such events, or to one whatever its list of events; each
    /// in a lane of its own. Never to an endpoint of another owner, nor to the one that the event is about.
    ///
    /// - Parameter lane: made for this replay: `replay:<id>`.
    /// - Returns: the deliveries.
    package static func replay(
        _ event: ReplayedEvent, of tenant: Int64, to endpoint: Int64?, lane: String, at now: Date,
        in transaction: inout Transaction
    ) throws -> [DeliveryID] {
        try transaction.query(
            LaneStore.replay(event, of: tenant, to: endpoint, inLane: lane, at: now)
        ).map { DeliveryID(endpoint: try $0["endpoint_id"], lane: lane, number: 1) }
    }
}
