import Foundation
import HearthCore
import Postgres

/// The refresh of a grant's tokens, by one process at a time, and the count of their uses.
extension GrantTable {
    /// Leases the right to refresh. Returns ``Grant/columns`` and `lease_no`; no row if another process has it or the grant
    /// has ended.
    static func lease(_ id: Int64, of tenant: Int64, until end: Date, at now: Date) -> SQL {
        """
        UPDATE grants g SET interrupted = interrupted OR lease_until IS NOT NULL, lease_until = \(end),
            lease_no = lease_no + 1
        WHERE g.tenant_id = \(tenant) AND g.grant_id = \(id) AND g.state = 'live'
            AND (g.lease_until IS NULL OR g.lease_until <= \(now))
        RETURNING \(unescaped: Grant.columns), g.lease_no
        """
    }

    /// Stores sealed tokens before they are used. Changes no row if the lease was lost.
    ///
    /// - Parameter refresh: nil if Microsoft issued no new one.
    static func store(
        access: [UInt8], expiresAt: Date, refresh: [UInt8]?, for grant: Grant, lease: Int, at now: Date
    ) -> SQL {
        """
        UPDATE grants SET access_token = \(access), access_expires_at = \(expiresAt),
            refresh_token = coalesce(\(refresh), refresh_token), version = version + 1, refreshed_at = \(now),
            lease_until = NULL, interrupted = false, retries = 0
        WHERE tenant_id = \(grant.tenantID) AND grant_id = \(grant.id) AND state = 'live' AND lease_no = \(lease)
            AND version = \(grant.version)
        """
    }

    /// - Parameter inDoubt: whether Microsoft may have issued a new token in a response that was lost.
    static func release(_ grant: Grant, lease: Int, inDoubt: Bool) -> SQL {
        """
        UPDATE grants SET lease_until = NULL, interrupted = interrupted OR \(inDoubt)
        WHERE tenant_id = \(grant.tenantID) AND grant_id = \(grant.id) AND lease_no = \(lease)
        """
    }

    /// Counts one use of the mailbox's token.
    ///
    /// - Parameter hour: the start of the hour.
    static func countUse(of grant: Grant, inHour hour: Date) -> SQL {
        """
        INSERT INTO token_uses AS u (tenant_id, mailbox_id, hour, uses)
        VALUES (\(grant.tenantID), \(grant.mailboxID), \(hour), 1)
        ON CONFLICT (tenant_id, mailbox_id, hour) DO UPDATE SET uses = u.uses + 1
        """
    }

    static func forgetUses(of tenant: Int64, before limit: Date) -> SQL {
        "DELETE FROM token_uses WHERE tenant_id = \(tenant) AND hour < \(limit)"
    }
}
