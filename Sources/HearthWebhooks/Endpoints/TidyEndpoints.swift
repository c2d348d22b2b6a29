package import Foundation
import HearthCore
package import Postgres

/// Removes what deleted endpoints leave behind, in small statements, however long their lanes are; and secrets that no
/// longer sign.
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
    /// Longer than any statement or transaction lives: one that began before the deletion may still add to a lane.
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
        while try await database.write(
            """
            DELETE FROM webhook_deliveries WHERE tenant_id = \(tenant) AND endpoint_id = \(id)
                AND ctid = ANY(ARRAY(
                    SELECT ctid FROM webhook_deliveries WHERE tenant_id = \(tenant) AND endpoint_id = \(id)
                    LIMIT \(Self.batch)))
            """
        ).affected > 0 {}
        while try await database.write(
            """
            DELETE FROM webhook_lanes WHERE tenant_id = \(tenant) AND endpoint_id = \(id)
                AND lane_key = ANY(ARRAY(
                    SELECT lane_key FROM webhook_lanes WHERE tenant_id = \(tenant) AND endpoint_id = \(id)
                    ORDER BY lane_key LIMIT \(Self.batch) FOR UPDATE))
            """
        ).affected > 0 {}
        _ = try await database.write(
            """
            DELETE FROM webhook_endpoints
            WHERE tenant_id = \(tenant) AND endpoint_id = \(id) AND status = 'deleted'
            """)
    }

    private func forgetSecrets() async throws {
        let now = now()
        let ended = try await database.read(
            "SELECT tenant_id, endpoint_id FROM webhook_endpoints WHERE former_until <= \(now)")
        for row in ended {
            _ = try await database.write(
                """
                UPDATE webhook_endpoints SET former_secret = NULL, former_until = NULL
                WHERE tenant_id = \(try row["tenant_id"] as Int64) AND endpoint_id = \(try row["endpoint_id"] as Int64)
                    AND former_until <= \(now)
                """)
        }
    }
}
