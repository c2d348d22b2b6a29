package import Foundation
package import HearthCore
import HearthRules
package import Postgres

/// The parts of an event that decide which endpoints may receive its replay.
package struct ReplayedEvent: Sendable {
    let position: Int64
    let createdAt: Date
    let type: String
    let ownerKey: String?
    /// The webhook endpoint that the event is about, which never receives it.
    let endpointID: Int64?
}

/// SQL for the replay of one event.
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

    /// Queues the event for every enabled endpoint that subscribes to its type, or for `endpoint` regardless of its
    /// subscriptions; each in a lane of its own. Never for an endpoint of another owner or the one that the event is about.
    ///
    /// - Parameter lane: the key of this replay's lanes, `replay:<id>`.
    /// - Returns: the queued deliveries.
    package static func replay(
        _ event: ReplayedEvent, of tenant: Int64, to endpoint: Int64?, lane: String, at now: Date,
        in transaction: inout Transaction
    ) throws -> [DeliveryID] {
        try transaction.query(
            LaneStore.replay(event, of: tenant, to: endpoint, inLane: lane, at: now)
        ).map { DeliveryID(endpoint: try $0["endpoint_id"], lane: lane, number: 1) }
    }
}

extension ReplayStore {
    /// Stores the job that replays all events since a time to an endpoint. Events from now on are not included.
    package static func start(
        since: Date, to endpoint: Int64, id: Int64, by caller: Caller, at now: Date, in transaction: inout Transaction
    ) throws -> Job {
        let feed = try transaction.query("SELECT position FROM tenant_feeds WHERE tenant_id = \(caller.tenantID)")
        let replay = ReplayEvents.Parameters(
            endpoint: endpoint, since: since, lastPosition: try feed.scalar("position") ?? 0)
        let job = Job(.eventReplay, id: id, parameters: replay.text, total: nil, by: caller, at: now)
        transaction.write(JobStore.insertion(of: job))
        return job
    }
}
