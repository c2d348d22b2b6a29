package import Foundation
import HearthCore
package import HearthRules
package import Postgres

/// The only writer of `grants` and `token_uses`. State transitions follow ``GrantMove``. The refresh of a grant is in an
/// extension.
package enum GrantTable {
    /// A grant to be stored after ``replace(of:tenant:if:)`` has ended the previous one.
    package struct NewGrant {
        package var tenantID: Int64
        package var id: Int64
        package var mailboxID: Int64
        package var applicationID: Int64?
        package var level: PermissionLevel
        package var scopes: [String]
        /// Sealed. Nil if the token does not cover everything that the grant does; then the first use refreshes it.
        package var accessToken: [UInt8]?
        package var accessExpiresAt: Date?
        package var refreshToken: [UInt8]
        package var createdAt: Date
        package var dueAt: Date

        package init(
            tenantID: Int64, id: Int64, mailboxID: Int64, applicationID: Int64?, level: PermissionLevel,
            scopes: [String], accessToken: [UInt8]?, accessExpiresAt: Date?, refreshToken: [UInt8], createdAt: Date,
            dueAt: Date
        ) {
            self.tenantID = tenantID
            self.id = id
            self.mailboxID = mailboxID
            self.applicationID = applicationID
            self.level = level
            self.scopes = scopes
            self.accessToken = accessToken
            self.accessExpiresAt = accessExpiresAt
            self.refreshToken = refreshToken
            self.createdAt = createdAt
            self.dueAt = dueAt
        }
    }

    package static func insertion(of grant: NewGrant) -> SQL {
        """
        INSERT INTO grants (tenant_id, grant_id, mailbox_id, app_id, level, scopes, state, access_token,
            access_expires_at, refresh_token, created_at, refreshed_at, due_at)
        VALUES (\(grant.tenantID), \(grant.id), \(grant.mailboxID), \(grant.applicationID), \(grant.level),
            \(grant.scopes), 'live', \(grant.accessToken), \(grant.accessExpiresAt), \(grant.refreshToken),
            \(grant.createdAt), \(grant.createdAt), \(grant.dueAt))
        """
    }

    // MARK: Moves

    /// Ends live grants and destroys their tokens, because newer ones follow or nothing uses the mailboxes.
    ///
    /// - Parameters:
    ///   - mailbox: nil for all of a deleted tenant.
    ///   - condition: a further condition on `grants`.
    package static func replace(of mailbox: Int64?, tenant: Int64, if condition: SQL = "true") -> SQL {
        let ofMailbox: SQL = if let mailbox { "mailbox_id = \(mailbox)" } else { "true" }
        return """
            UPDATE grants SET state = \(GrantMove.replace.target), access_token = NULL, access_expires_at = NULL,
                refresh_token = NULL, due_at = NULL, lease_until = NULL
            WHERE tenant_id = \(tenant) AND \(ofMailbox) AND \(GrantMove.replace.isAllowed(from: "state"))
                AND \(condition)
            """
    }

    /// Ends a grant that Microsoft refuses permanently, and destroys its tokens.
    static func end(_ grant: Grant, with problem: ConnectionProblem) -> SQL {
        """
        UPDATE grants SET state = \(GrantMove.end.target), problem = \(problem.rawValue), access_token = NULL,
            access_expires_at = NULL, refresh_token = NULL, due_at = NULL, lease_until = NULL,
            suspected_problem = NULL, suspected_at = NULL
        WHERE tenant_id = \(grant.tenantID) AND grant_id = \(grant.id) AND \(GrantMove.end.isAllowed(from: "state"))
        """
    }

    // MARK: Problems

    /// Records that the connection does not work, but may work again.
    ///
    /// - Parameter dueAt: when it is checked again; nil to leave the time unchanged.
    static func record(_ problem: ConnectionProblem, of grant: Grant, dueAt: Date?) -> SQL {
        """
        UPDATE grants SET problem = \(problem.rawValue), lease_until = NULL, due_at = coalesce(\(dueAt), due_at),
            suspected_problem = NULL, suspected_at = NULL
        WHERE tenant_id = \(grant.tenantID) AND grant_id = \(grant.id)
        """
    }

    /// Records a problem that was first reported at `since` and has not been confirmed.
    ///
    /// - Parameter dueAt: when it is checked again; nil to leave the time unchanged.
    static func suspect(_ problem: ConnectionProblem, of grant: Grant, since: Date, dueAt: Date?) -> SQL {
        """
        UPDATE grants SET suspected_problem = \(problem.rawValue), suspected_at = \(since),
            due_at = coalesce(\(dueAt), due_at)
        WHERE tenant_id = \(grant.tenantID) AND grant_id = \(grant.id)
        """
    }

    static func clearProblem(of grant: Grant) -> SQL {
        """
        UPDATE grants SET problem = NULL, suspected_problem = NULL, suspected_at = NULL
        WHERE tenant_id = \(grant.tenantID) AND grant_id = \(grant.id)
        """
    }

    // MARK: Upkeep

    /// Sets when the live grant of a mailbox is next checked or refreshed, because its use has changed.
    package static func schedule(of mailbox: Int64, tenant: Int64, dueAt: Date) -> SQL {
        """
        UPDATE grants SET due_at = \(dueAt), retries = 0
        WHERE tenant_id = \(tenant) AND mailbox_id = \(mailbox) AND state = 'live'
        """
    }

    /// Makes the live grants of some mailboxes due now, except those that have just worked.
    ///
    /// - Parameters:
    ///   - mailboxes: a query for mailbox ids of the same tenant.
    ///   - limit: the time after which a success is recent enough.
    package static func recheck(_ mailboxes: SQL, of tenant: Int64, unlessWorkedSince limit: Date, at now: Date) -> SQL
    {
        """
        UPDATE grants g SET due_at = \(now) FROM mailboxes m
        WHERE g.tenant_id = \(tenant) AND g.state = 'live' AND m.tenant_id = \(tenant) AND m.grant_id = g.grant_id
            AND m.mailbox_id IN (\(mailboxes))
            AND (m.problem IS NOT NULL OR m.last_success_at IS NULL OR m.last_success_at <= \(limit))
        """
    }

    /// Claims a due grant until `end`. Returns ``Grant/columns``, `retries`, the mailbox's `tid` and `campaign_status`; no
    /// row if another transaction has locked it to end, replace or claim it.
    static func claim(_ due: DueGrant, until end: Date, at now: Date) -> SQL {
        """
        WITH free AS (
            SELECT grant_id FROM grants
            WHERE tenant_id = \(due.tenantID) AND grant_id = \(due.id) AND state = 'live' AND due_at <= \(now)
            FOR UPDATE SKIP LOCKED
        )
        UPDATE grants g SET due_at = \(end) FROM free, mailboxes m
        LEFT JOIN campaigns c ON c.tenant_id = m.tenant_id AND c.mailbox_id = m.mailbox_id AND c.status <> 'deleted'
        WHERE g.tenant_id = \(due.tenantID) AND g.grant_id = free.grant_id
            AND m.tenant_id = \(due.tenantID) AND m.mailbox_id = g.mailbox_id
        RETURNING \(unescaped: Grant.columns), g.retries, m.tid, c.status AS campaign_status
        """
    }

    /// Ends a claim, unless the grant was made due again, ended or claimed elsewhere meanwhile.
    static func settle(_ claim: ClaimedGrant, dueAt: Date, retries: Int) -> SQL {
        """
        UPDATE grants SET due_at = \(dueAt), retries = \(retries)
        WHERE tenant_id = \(claim.grant.tenantID) AND grant_id = \(claim.grant.id) AND state = 'live'
            AND due_at = \(claim.until)
        """
    }
}
