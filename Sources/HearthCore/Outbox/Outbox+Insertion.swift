import Foundation
import HearthRules
import Postgres

/// The statements that write events, their deliveries to the subscribed endpoints, and the history rows that refer to them.
///
/// Lanes are locked in primary key order and before the feed, whose row lock is held until the commit, so that positions have
/// no gaps and follow the commit order. The condition on `lane`, which is always true, makes the feed wait for the lanes.
extension Outbox {
    /// Inserts the feed of a new tenant.
    static func newFeed(of tenant: Int64) -> SQL { "INSERT INTO tenant_feeds (tenant_id) VALUES (\(tenant))" }

    static func insertion(of entry: Entry) -> SQL {
        let (event, tenant) = (entry.event, entry.tenant)
        return """
            WITH lane AS (
                INSERT INTO webhook_lanes AS l (tenant_id, endpoint_id, lane_key, next, last, due_at)
                SELECT tenant_id, endpoint_id, \(event.orderingKey), 1, 1, \(event.createdAt) FROM webhook_endpoints
                WHERE tenant_id = \(tenant) AND status <> 'deleted' AND events && \(event.subscriptions)
                    AND (owner_key IS NULL OR owner_key = \(event.ownerKey))
                    AND endpoint_id IS DISTINCT FROM \(event.endpointID)
                ORDER BY endpoint_id
                ON CONFLICT (tenant_id, endpoint_id, lane_key) DO UPDATE
                SET last = l.last + 1, due_at = coalesce(l.due_at, excluded.due_at)
                RETURNING endpoint_id, last
            ), feed AS (
                UPDATE tenant_feeds SET position = position + 1
                WHERE tenant_id = \(tenant) AND (SELECT count(*) FROM lane) >= 0
                RETURNING position
            ), delivery AS (
                INSERT INTO webhook_deliveries (tenant_id, endpoint_id, lane_key, number, event_position, event_created_at)
                SELECT \(tenant), endpoint_id, \(event.orderingKey), last, position, \(event.createdAt) FROM lane, feed
            ), history AS (
                \(history(entry.record, tenant: tenant, at: event.createdAt))
            )
            INSERT INTO events (tenant_id, position, created_at, type, action, ordering_key, campaign_id, owner_key,
                endpoint_id, sequence, account, data)
            SELECT \(tenant), position, \(event.createdAt), \(event.type), \(event.action), \(event.orderingKey),
                \(event.campaignID), \(event.ownerKey), \(event.endpointID), \(event.sequence),
                \(JSONText(text: event.account)), \(JSONText(text: event.data))
            FROM feed
            """
    }

    private static func history(_ record: CampaignRecord?, tenant: Int64, at now: Date) -> SQL {
        guard let record else { return "SELECT" }
        return """
            INSERT INTO campaign_history (tenant_id, campaign_id, version, from_status, command, to_status, actor,
                reason, request_id, event_position, occurred_at)
            SELECT \(tenant), \(record.campaignID), \(record.version), \(record.from), \(record.command), \(record.to),
                \(record.caller.actor), \(record.reason), \(record.caller.requestID), position, \(now)
            FROM feed
            """
    }

    /// Inserts several events. A statement cannot update a row twice, so a lane that receives several events is updated once,
    /// by their number. `place` is an event's place among those of its lane, and the lane's new `last` is the number of the
    /// last one.
    static func insertion(of entries: [Entry], tenant: Int64) -> SQL {
        """
        WITH event AS (
            SELECT * FROM unnest(\(entries.map(\.event.createdAt)), \(entries.map(\.event.type)),
                \(entries.map(\.event.action)), \(entries.map(\.event.orderingKey)),
                \(entries.map { $0.event.campaignID.map(String.init) })::bigint[], \(entries.map(\.event.ownerKey)),
                \(entries.map { $0.event.endpointID.map(String.init) })::bigint[], \(entries.map(\.event.sequence)),
                \(entries.map(\.event.account)), \(entries.map(\.event.data)),
                \(entries.map { $0.record.map { String($0.version) } })::bigint[], \(entries.map(\.record?.from)),
                \(entries.map(\.record?.command.rawValue)), \(entries.map(\.record?.to.rawValue)),
                \(entries.map(\.record?.caller.actor)), \(entries.map { $0.record?.reason }),
                \(entries.map { $0.record?.caller.requestID }))
            WITH ORDINALITY AS e (created_at, type, action, lane_key, campaign_id, owner_key, endpoint_id, sequence,
                account, data, version, from_status, command, to_status, actor, reason, request_id, n)
        ), wanted AS (
            SELECT w.endpoint_id, e.lane_key, e.created_at, e.n,
                row_number() OVER (PARTITION BY w.endpoint_id, e.lane_key ORDER BY e.n) AS place,
                count(*) OVER (PARTITION BY w.endpoint_id, e.lane_key) AS size
            FROM webhook_endpoints w JOIN event e ON w.events && ARRAY[e.type, \(EventType.every)]
                AND (w.owner_key IS NULL OR w.owner_key = e.owner_key) AND w.endpoint_id IS DISTINCT FROM e.endpoint_id
            WHERE w.tenant_id = \(tenant) AND w.status <> 'deleted'
        ), lane AS (
            INSERT INTO webhook_lanes AS l (tenant_id, endpoint_id, lane_key, next, last, due_at)
            SELECT \(tenant), endpoint_id, lane_key, 1, count(*), min(created_at) FROM wanted
            GROUP BY endpoint_id, lane_key ORDER BY endpoint_id, lane_key
            ON CONFLICT (tenant_id, endpoint_id, lane_key) DO UPDATE
            SET last = l.last + excluded.last, due_at = coalesce(l.due_at, excluded.due_at)
            RETURNING endpoint_id, lane_key, last
        ), feed AS (
            UPDATE tenant_feeds SET position = position + \(entries.count)
            WHERE tenant_id = \(tenant) AND (SELECT count(*) FROM lane) >= 0
            RETURNING position
        ), placed AS (
            SELECT e.*, f.position - \(entries.count) + e.n AS position FROM event e, feed f
        ), delivery AS (
            INSERT INTO webhook_deliveries (tenant_id, endpoint_id, lane_key, number, event_position, event_created_at)
            SELECT \(tenant), w.endpoint_id, w.lane_key, l.last - w.size + w.place, p.position, w.created_at
            FROM wanted w JOIN lane l ON l.endpoint_id = w.endpoint_id AND l.lane_key = w.lane_key
            JOIN placed p ON p.n = w.n
        ), history AS (
            INSERT INTO campaign_history (tenant_id, campaign_id, version, from_status, command, to_status, actor,
                reason, request_id, event_position, occurred_at)
            SELECT \(tenant), campaign_id, version, from_status, command, to_status, actor, reason, request_id, position,
                created_at
            FROM placed WHERE version IS NOT NULL
        )
        INSERT INTO events (tenant_id, position, created_at, type, action, ordering_key, campaign_id, owner_key,
            endpoint_id, sequence, account, data)
        SELECT \(tenant), position, created_at, type, action, lane_key, campaign_id, owner_key, endpoint_id, sequence,
            account::json, data::json
        FROM placed
        """
    }
}
