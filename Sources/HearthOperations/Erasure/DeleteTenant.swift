import Foundation
import Postgres

/// Ends a tenant: its keys, its links, its tokens and its deliveries, at once. The rest is erased later.
enum DeleteTenant {
    /// What is left is destroyed after so long at the latest.
    static let retention: TimeInterval = 30 * 86_400

    static func stop(_ tenant: Int64, purgeAt: Date, at now: Date, in transaction: inout Transaction) {
        transaction.write(
            """
            UPDATE consents SET status = 'revoked', lease_until = NULL, updated_at = \(now)
            WHERE tenant_id = \(tenant) AND status IN ('open', 'redeeming')
            """)
        transaction.write(
            """
            UPDATE admin_consents SET status = 'revoked', updated_at = \(now)
            WHERE tenant_id = \(tenant) AND status = 'open'
            """)
        transaction.write(
            """
            UPDATE invitations SET status = 'revoked', updated_at = \(now), mail_due_at = NULL,
                mail_status = nullif(mail_status, 'queued')
            WHERE tenant_id = \(tenant) AND status IN ('invited', 'opened', 'declined', 'failed')
            """)
        transaction.write(
            "UPDATE mailboxes SET grant_id = NULL, updated_at = \(now) WHERE tenant_id = \(tenant) AND grant_id IS NOT NULL"
        )
        transaction.write(
            """
            UPDATE grants SET state = 'replaced', access_token = NULL, access_expires_at = NULL, refresh_token = NULL,
                due_at = NULL, lease_until = NULL
            WHERE tenant_id = \(tenant) AND state = 'live'
            """)
        transaction.write(
            """
            UPDATE jobs SET status = 'cancelled', due_at = NULL, finished_at = \(now), updated_at = \(now)
            WHERE tenant_id = \(tenant) AND status = 'running'
            """)
        transaction.write(
            """
            UPDATE webhook_endpoints SET status = 'disabled', disabled_reason = 'requested', updated_at = \(now)
            WHERE tenant_id = \(tenant) AND status = 'enabled'
            """)
        transaction.write(
            "UPDATE api_keys SET revoked_at = \(now) WHERE tenant_id = \(tenant) AND revoked_at IS NULL")
        transaction.write(
            """
            UPDATE tenants SET status = 'deleted', purge_at = least(purge_at, \(purgeAt)) WHERE tenant_id = \(tenant)
            """)
    }
}
