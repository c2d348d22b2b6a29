import Foundation
import Postgres

/// The statements that send events again.
struct ReplayStore: Sendable {
    let database: Database
    let ids: IDSource

    /// Sends one event again to every endpoint that is enabled, each in a lane of its own.
    /// - Returns: how many endpoints; nil when there is no such event.
    func replay(position: Int64, of tenant: Int64, at now: Date) async throws -> Int? {
        let event = try await database.read(
            "SELECT created_at FROM events WHERE tenant_id = \(tenant) AND position = \(position)"
        ).first
        guard let event else { return nil }
        let createdAt: Date = try event["created_at"]
        let lane = "replay:\(try await ids.next())"
        return try await database.write(
            """
            WITH lane AS (
                INSERT INTO webhook_lanes (tenant_id, endpoint_id, lane_key, next, last, due_at)
                SELECT tenant_id, endpoint_id, \(lane), 1, 1, \(now) FROM webhook_endpoints
                WHERE tenant_id = \(tenant) AND status = 'enabled'
                RETURNING endpoint_id
            )
            INSERT INTO webhook_deliveries (tenant_id, endpoint_id, lane_key, number, event_position, event_created_at)
            SELECT \(tenant), endpoint_id, \(lane), 1, \(position), \(createdAt) FROM lane
            """
        ).affected
    }
}
