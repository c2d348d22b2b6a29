import Foundation
import HearthCore
import HearthWebhooks
import Postgres

/// Removes the expired rows of a table, tenant by tenant, up to ``batch`` per statement.
struct RetentionRule: Sendable {
    let table: String
    /// Selects the tenants that have expired rows.
    let tenants: SQL
    /// Removes up to ``batch`` expired rows of a tenant.
    let remove: @Sendable (_ tenant: Int64) -> SQL

    static let batch = 500

    /// The condition that a lane `l` is not needed: it is empty, none of its deliveries are kept, and it belongs to a replay
    /// that is not running or to a link or campaign that no longer exists.
    private static let isOver =
        """
        l.due_at IS NULL AND CASE split_part(l.lane_key, ':', 1)
            WHEN 'replay' THEN NOT EXISTS (SELECT FROM jobs j WHERE j.tenant_id = l.tenant_id
                AND j.job_id = split_part(l.lane_key, ':', 2)::bigint AND j.status = 'running')
            WHEN 'consent' THEN NOT EXISTS (SELECT FROM consents s WHERE s.tenant_id = l.tenant_id
                AND s.consent_id = split_part(l.lane_key, ':', 2)::bigint)
            WHEN 'campaign' THEN NOT EXISTS (SELECT FROM campaigns c WHERE c.tenant_id = l.tenant_id
                AND c.campaign_id = split_part(l.lane_key, ':', 2)::bigint)
            ELSE false END
        AND NOT EXISTS (SELECT FROM webhook_deliveries d WHERE d.tenant_id = l.tenant_id
            AND d.endpoint_id = l.endpoint_id AND d.lane_key = l.lane_key)
        """

    static func all(_ settings: RetentionSettings, at now: Date) -> [RetentionRule] {
        let consents = now.addingTimeInterval(-settings.consents)
        let grants = now.addingTimeInterval(-settings.grants)
        let jobs = now.addingTimeInterval(-settings.jobs)
        let messages = now.addingTimeInterval(-settings.messages)
        let keys = now.addingTimeInterval(-settings.keys)
        let deliveries = now.addingTimeInterval(-settings.events)
        let replays = now.addingTimeInterval(-settings.replays)
        let replay = WebhookLane.replayPrefix
        return [
            RetentionRule(
                table: "consents",
                tenants:
                    "SELECT DISTINCT tenant_id FROM consents WHERE status IN ('expired', 'revoked') AND updated_at < \(consents)"
            ) { tenant in
                """
                DELETE FROM consents WHERE tenant_id = \(tenant) AND consent_id IN (
                    SELECT consent_id FROM consents WHERE tenant_id = \(tenant) AND status IN ('expired', 'revoked')
                        AND updated_at < \(consents) LIMIT \(batch))
                """
            },
            RetentionRule(
                table: "invitations",
                tenants:
                    "SELECT DISTINCT tenant_id FROM invitations WHERE status IN ('expired', 'revoked') AND updated_at < \(consents)"
            ) { tenant in
                """
                DELETE FROM invitations WHERE tenant_id = \(tenant) AND invitation_id IN (
                    SELECT invitation_id FROM invitations WHERE tenant_id = \(tenant)
                        AND status IN ('expired', 'revoked') AND updated_at < \(consents) LIMIT \(batch))
                """
            },
            RetentionRule(
                table: "admin_consents",
                tenants:
                    "SELECT DISTINCT tenant_id FROM admin_consents WHERE status <> 'granted' AND expires_at < \(consents)"
            ) { tenant in
                """
                DELETE FROM admin_consents WHERE tenant_id = \(tenant) AND admin_consent_id IN (
                    SELECT admin_consent_id FROM admin_consents WHERE tenant_id = \(tenant) AND status <> 'granted'
                        AND expires_at < \(consents) LIMIT \(batch))
                """
            },
            RetentionRule(
                table: "grants",
                tenants: """
                    SELECT DISTINCT g.tenant_id FROM grants g WHERE g.state <> 'live' AND g.refreshed_at < \(grants)
                        AND NOT EXISTS (SELECT FROM mailboxes m WHERE m.tenant_id = g.tenant_id AND m.grant_id = g.grant_id)
                    """
            ) { tenant in
                """
                DELETE FROM grants WHERE tenant_id = \(tenant) AND grant_id IN (
                    SELECT g.grant_id FROM grants g WHERE g.tenant_id = \(tenant) AND g.state <> 'live'
                        AND g.refreshed_at < \(grants) AND NOT EXISTS (
                            SELECT FROM mailboxes m WHERE m.tenant_id = g.tenant_id AND m.grant_id = g.grant_id)
                    LIMIT \(batch))
                """
            },
            RetentionRule(
                table: "jobs", tenants: "SELECT DISTINCT tenant_id FROM jobs WHERE finished_at < \(jobs)"
            ) { tenant in
                """
                DELETE FROM jobs WHERE tenant_id = \(tenant) AND job_id IN (
                    SELECT job_id FROM jobs WHERE tenant_id = \(tenant) AND finished_at < \(jobs) LIMIT \(batch))
                """
            },
            RetentionRule(
                table: "messages",
                tenants: "SELECT DISTINCT tenant_id FROM messages WHERE due_at IS NULL AND updated_at < \(messages)"
            ) { tenant in
                """
                DELETE FROM messages WHERE tenant_id = \(tenant) AND message_id IN (
                    SELECT message_id FROM messages WHERE tenant_id = \(tenant) AND due_at IS NULL
                        AND updated_at < \(messages) LIMIT \(batch))
                """
            },
            RetentionRule(
                table: "received_messages",
                tenants: "SELECT DISTINCT tenant_id FROM received_messages WHERE found_at < \(messages)"
            ) { tenant in
                """
                DELETE FROM received_messages WHERE tenant_id = \(tenant) AND message_id IN (
                    SELECT message_id FROM received_messages WHERE tenant_id = \(tenant) AND found_at < \(messages)
                    LIMIT \(batch))
                """
            },
            RetentionRule(
                table: "api_keys",
                tenants:
                    "SELECT DISTINCT tenant_id FROM api_keys WHERE least(revoked_at, expires_at) < \(keys)"
            ) { tenant in
                """
                DELETE FROM api_keys WHERE tenant_id = \(tenant) AND key_id IN (
                    SELECT key_id FROM api_keys WHERE tenant_id = \(tenant) AND least(revoked_at, expires_at) < \(keys)
                    LIMIT \(batch))
                """
            },
            RetentionRule(
                table: "console_sessions",
                tenants: "SELECT DISTINCT tenant_id FROM console_sessions WHERE ends_at < \(now)"
            ) { tenant in
                """
                DELETE FROM console_sessions WHERE tenant_id = \(tenant) AND digest IN (
                    SELECT digest FROM console_sessions WHERE tenant_id = \(tenant) AND ends_at < \(now)
                    LIMIT \(batch))
                """
            },
            RetentionRule(
                table: "webhook_deliveries",
                tenants: """
                    SELECT DISTINCT tenant_id FROM webhook_deliveries WHERE status <> 'pending'
                        AND CASE WHEN starts_with(lane_key, \(replay))
                            THEN coalesce(delivered_at, exhausted_at) < \(replays) ELSE event_created_at < \(deliveries) END
                    """
            ) { tenant in
                """
                DELETE FROM webhook_deliveries WHERE tenant_id = \(tenant) AND (endpoint_id, lane_key, number) IN (
                    SELECT endpoint_id, lane_key, number FROM webhook_deliveries
                    WHERE tenant_id = \(tenant) AND status <> 'pending'
                        AND CASE WHEN starts_with(lane_key, \(replay))
                            THEN coalesce(delivered_at, exhausted_at) < \(replays) ELSE event_created_at < \(deliveries) END
                    LIMIT \(batch))
                """
            },
            // Lanes without deliveries whose key is never used again: other lanes must keep their count, or delivery ids
            // would repeat. `due_at` and `last` are checked again under the lock.
            RetentionRule(
                table: "webhook_lanes",
                tenants: "SELECT DISTINCT l.tenant_id FROM webhook_lanes l WHERE \(unescaped: isOver)"
            ) { tenant in
                """
                DELETE FROM webhook_lanes w USING (
                    SELECT l.endpoint_id, l.lane_key, l.last FROM webhook_lanes l
                    WHERE l.tenant_id = \(tenant) AND \(unescaped: isOver)
                    ORDER BY l.endpoint_id, l.lane_key LIMIT \(batch) FOR UPDATE OF l) o
                WHERE w.tenant_id = \(tenant) AND w.endpoint_id = o.endpoint_id AND w.lane_key = o.lane_key
                    AND w.last = o.last AND w.due_at IS NULL
                """
            },
        ]
    }
}
