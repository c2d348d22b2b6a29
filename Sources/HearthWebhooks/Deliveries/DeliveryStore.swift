import Foundation
import HearthRules
package import Postgres

/// The filter of a list of deliveries.
package struct DeliveryFilter: Sendable {
    package var endpoint: Int64?
    /// 0 matches no event.
    package var eventPosition: Int64?
    package var status: RecordedDelivery.Status?

    package init(endpoint: Int64? = nil, eventPosition: Int64? = nil, status: RecordedDelivery.Status? = nil) {
        self.endpoint = endpoint
        self.eventPosition = eventPosition
        self.status = status
    }
}

/// Queries for deliveries and their attempts.
package struct DeliveryStore: Sendable {
    let database: Database

    package init(database: Database) {
        self.database = database
    }

    /// Maximum attempts shown per delivery. Normally there are at most eleven; each enabling of its endpoint allows as many
    /// again.
    private static let shownAttempts = 100

    /// Returns a page of deliveries, newest event first. Each endpoint's newest are read from an index and merged, so the cost
    /// of a page does not depend on the number of deliveries.
    package func list(
        _ filter: DeliveryFilter, of tenant: Int64, after cursor: DeliveryCursor?, limit: Int
    ) async throws -> [RecordedDelivery] {
        let oldest = filter.eventPosition ?? 0
        let newest = min(filter.eventPosition ?? .max, cursor?.position ?? .max)
        let start = cursor ?? DeliveryCursor(position: .max, delivery: DeliveryID(endpoint: .max, lane: "", number: 0))
        let found = try await database.read(
            """
            SELECT \(unescaped: RecordedDelivery.columns)
            FROM webhook_endpoints p CROSS JOIN LATERAL (
                SELECT d.tenant_id, d.endpoint_id, d.lane_key, d.number, d.event_position, d.event_created_at, d.status,
                    d.delivered_at, d.exhausted_at
                FROM webhook_deliveries d
                WHERE d.tenant_id = p.tenant_id AND d.endpoint_id = p.endpoint_id
                    AND d.event_position BETWEEN \(oldest) AND \(newest)
                    AND (d.event_position, d.endpoint_id, d.lane_key, d.number)
                        < (\(start.position), \(start.delivery.endpoint), \(start.delivery.lane), \(start.delivery.number))
                    AND \(unescaped: Self.condition(for: filter.status))
                ORDER BY d.event_position DESC, d.lane_key DESC, d.number DESC LIMIT \(limit)
            ) d
            JOIN webhook_lanes l ON l.tenant_id = d.tenant_id AND l.endpoint_id = d.endpoint_id AND l.lane_key = d.lane_key
            LEFT JOIN events e ON e.tenant_id = d.tenant_id AND e.position = d.event_position
                AND e.created_at = d.event_created_at
            WHERE p.tenant_id = \(tenant) AND p.status <> 'deleted'
                AND (\(filter.endpoint == nil) OR p.endpoint_id = \(filter.endpoint))
            ORDER BY d.event_position DESC, d.endpoint_id DESC, d.lane_key DESC, d.number DESC LIMIT \(limit)
            """
        ).map(RecordedDelivery.init)
        return try await withAttempts(found, of: tenant)
    }

    package func find(_ id: DeliveryID, of tenant: Int64) async throws -> RecordedDelivery? {
        let found = try await database.read(
            """
            SELECT \(unescaped: RecordedDelivery.columns) FROM webhook_deliveries d
            JOIN webhook_endpoints p ON p.tenant_id = d.tenant_id AND p.endpoint_id = d.endpoint_id AND p.status <> 'deleted'
            JOIN webhook_lanes l ON l.tenant_id = d.tenant_id AND l.endpoint_id = d.endpoint_id AND l.lane_key = d.lane_key
            LEFT JOIN events e ON e.tenant_id = d.tenant_id AND e.position = d.event_position
                AND e.created_at = d.event_created_at
            WHERE d.tenant_id = \(tenant) AND d.endpoint_id = \(id.endpoint) AND d.lane_key = \(id.lane)
                AND d.number = \(id.number)
            """
        ).map(RecordedDelivery.init)
        return try await withAttempts(found, of: tenant).first
    }

    /// A condition for each status that is fast to evaluate: most deliveries are delivered, exhausted ones have an index, and
    /// pending ones are in a lane with a due time.
    private static func condition(for status: RecordedDelivery.Status?) -> String {
        switch status {
        case nil: "TRUE"
        case .delivered: "d.status = 'delivered'"
        case .exhausted: "d.exhausted_at IS NOT NULL"
        case .pending:
            """
            d.status = 'pending' AND EXISTS (
                SELECT FROM webhook_lanes w
                WHERE w.tenant_id = d.tenant_id AND w.endpoint_id = d.endpoint_id AND w.lane_key = d.lane_key
                    AND w.due_at IS NOT NULL AND d.number BETWEEN w.next AND w.last)
            """
        }
    }

    private func withAttempts(_ deliveries: [RecordedDelivery], of tenant: Int64) async throws -> [RecordedDelivery] {
        guard !deliveries.isEmpty else { return [] }
        let rows = try await database.read(
            """
            SELECT d.endpoint_id, d.lane_key, d.number, a.attempt, a.outcome, a.status_code, a.duration_ms, a.answer,
                a.error, a.attempted_at
            FROM unnest(\(deliveries.map(\.id.endpoint)), \(deliveries.map(\.id.lane)), \(deliveries.map(\.id.number)))
                AS d (endpoint_id, lane_key, number)
            CROSS JOIN LATERAL (
                SELECT a.lease_no, a.attempt, a.outcome, a.status_code, a.duration_ms, a.answer, a.error, a.attempted_at
                FROM webhook_attempts a
                WHERE a.tenant_id = \(tenant) AND a.endpoint_id = d.endpoint_id AND a.lane_key = d.lane_key
                    AND a.number = d.number
                ORDER BY a.lease_no DESC, a.attempted_at DESC LIMIT \(Self.shownAttempts)
            ) a
            ORDER BY a.attempted_at, a.lease_no
            """)
        var attempts: [DeliveryID: [RecordedDelivery.Attempt]] = [:]
        for row in rows {
            let id = DeliveryID(
                endpoint: try row["endpoint_id"], lane: try row["lane_key"], number: try row["number"])
            attempts[id, default: []].append(try RecordedDelivery.Attempt(row: row))
        }
        return deliveries.map { delivery in
            var delivery = delivery
            delivery.attempts = attempts[delivery.id] ?? []
            return delivery
        }
    }
}
