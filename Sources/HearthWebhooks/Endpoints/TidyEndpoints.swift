package import Foundation
import HearthCore
package import Postgres

/// Removes deleted endpoints with their lanes and deliveries, in small statements however long the lanes are, and secrets
/// that no longer sign.
package struct TidyEndpoints: PeriodicTask {
    let database: Database
    let now: @Sendable () -> Date

    package init(database: Database, now: @escaping @Sendable () -> Date) {
        self.database = database
        self.now = now
    }

    package static let name = "tidy_endpoints"
    package static let period: TimeInterval = 30
    private static let batch = 2_000
    /// Seconds. Longer than any transaction, because one that began before the deletion may still add to a lane.
    static let grace: TimeInterval = 60

    package func run() async throws {
        try await remove()
        try await forgetSecrets()
    }

    private func remove() async throws {
        let deleted = try await database.read(
            """
            SELECT tenant_id, endpoint_id FROM webhook_endpoints
            WHERE status = 'deleted' AND updated_at <= \(now().addingTimeInterval(-Self.grace))
            ORDER BY tenant_id, endpoint_id
            """)
        for row in deleted { try await remove(try row["endpoint_id"], of: try row["tenant_id"]) }
    }

    private func remove(_ id: Int64, of tenant: Int64) async throws {
        let limit = Self.batch
        while try await database.write(LaneStore.removeDeliveries(of: id, tenant: tenant, limit: limit)).affected > 0 {}
        while try await database.write(LaneStore.removeLanes(of: id, tenant: tenant, limit: limit)).affected > 0 {}
        _ = try await database.write(EndpointStore.remove(id, of: tenant))
    }

    private func forgetSecrets() async throws {
        let now = now()
        let ended = try await database.read(
            "SELECT tenant_id, endpoint_id FROM webhook_endpoints WHERE former_until <= \(now)")
        for row in ended {
            _ = try await database.write(
                EndpointStore.forgetFormerSecret(
                    of: try row["endpoint_id"], tenant: try row["tenant_id"], at: now))
        }
    }
}
