import Foundation
import HearthRules
package import Postgres

/// Appends events inside the transaction of their cause: an event exists exactly if what it tells has happened.
package enum Outbox {
    /// Writes the event, its fan-out to the subscribed endpoints and, for a move of a campaign, the history row that
    /// names it. Held back until COMMIT; no round trip of its own.
    ///
    /// The lanes are locked before the feed, whose row lock is kept until the commit: positions are gapless and in
    /// commit order.
    package static func append(
        _ event: OutboxEvent, recording record: CampaignRecord? = nil, tenant: Int64, in transaction: inout Transaction
    ) {
        transaction.write(
            """
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
                \(history(record, tenant: tenant, at: event.createdAt))
            )
            INSERT INTO events (tenant_id, position, created_at, type, action, ordering_key, campaign_id, owner_key,
                endpoint_id, sequence, account, data)
            SELECT \(tenant), position, \(event.createdAt), \(event.type), \(event.action), \(event.orderingKey),
                \(event.campaignID), \(event.ownerKey), \(event.endpointID), \(event.sequence),
                \(JSONText(text: event.account)), \(JSONText(text: event.data))
            FROM feed
            """)
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
}
