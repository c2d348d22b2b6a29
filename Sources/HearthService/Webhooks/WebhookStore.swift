import Foundation
import HearthRules
import Postgres

/// The operator's statements about endpoints and replays.
struct WebhookStore: Sendable {
    let database: Database
    let ids: IDSource
    let keyRing: KeyRing

    struct Endpoint: Sendable {
        let id: Int64
        let url: String
        let events: [String]
        let status: String
        let disabledReason: String?
        let failures: Int
        let backlog: Int
    }

    /// The secret is shown once, here.
    func add(
        url: String, events: [String], to tenant: Int64, randomBytes: (Int) -> [UInt8], at now: Date
    ) async throws -> (id: Int64, secret: WebhookSecret) {
        let id = try await ids.next()
        let secret = WebhookSecret(randomBytes: randomBytes)
        let sealed = try keyRing.seal(secret.key, for: .init(tenant: tenant, row: id, purpose: .webhookSecret))
        _ = try await database.write(
            """
            INSERT INTO webhook_endpoints (tenant_id, endpoint_id, url, events, secret, status, created_at)
            VALUES (\(tenant), \(id), \(url), \(events), \(sealed), 'enabled', \(now))
            """)
        return (id, secret)
    }

    func list(of tenant: Int64) async throws -> [Endpoint] {
        try await database.read(
            """
            SELECT e.endpoint_id, e.url, e.events, e.status, e.disabled_reason, e.failures,
                (SELECT coalesce(sum(l.last - l.next + 1), 0)::bigint FROM webhook_lanes l
                    WHERE l.tenant_id = e.tenant_id AND l.endpoint_id = e.endpoint_id AND l.due_at IS NOT NULL) AS backlog
            FROM webhook_endpoints e WHERE e.tenant_id = \(tenant) ORDER BY e.endpoint_id
            """
        ).map { row in
            Endpoint(
                id: try row["endpoint_id"], url: try row["url"], events: try row["events"], status: try row["status"],
                disabledReason: try row["disabled_reason"], failures: try row["failures"], backlog: try row["backlog"])
        }
    }

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
