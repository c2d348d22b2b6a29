package import Foundation
import HearthCore
package import HearthRules
package import Postgres

/// The only writer of `mailboxes`.
package enum MailboxTable {
    /// The Microsoft account of a mailbox, as proven by its owner's consent.
    package struct Account {
        package var tid: UUID
        package var oid: UUID
        package var address: String
        package var addressKey: String
        package var userPrincipalName: String
        package var type: AccountType

        package init(
            tid: UUID, oid: UUID, address: String, addressKey: String, userPrincipalName: String, type: AccountType
        ) {
            self.tid = tid
            self.oid = oid
            self.address = address
            self.addressKey = addressKey
            self.userPrincipalName = userPrincipalName
            self.type = type
        }
    }

    /// Stores a mailbox that is not connected yet.
    package static func insertion(of id: Int64, _ account: Account, tenant: Int64, at now: Date) -> SQL {
        """
        INSERT INTO mailboxes (tenant_id, mailbox_id, tid, oid, address, address_key, user_principal_name,
            account_type, created_at, updated_at)
        VALUES (\(tenant), \(id), \(account.tid), \(account.oid), \(account.address), \(account.addressKey),
            \(account.userPrincipalName), \(account.type), \(now), \(now))
        """
    }

    /// Connects a mailbox with a new grant. It keeps its id, even after a disconnection or deletion.
    ///
    /// - Parameter standalone: whether it stays connected when no campaign uses it.
    package static func connect(
        _ id: Int64, _ account: Account, by grant: Int64, standalone: Bool, tenant: Int64, at now: Date
    ) -> SQL {
        """
        UPDATE mailboxes SET grant_id = \(grant), problem = NULL, problem_since = NULL, disconnected_at = NULL,
            deleted_at = NULL, purge_at = NULL, standalone = standalone OR \(standalone),
            address = \(account.address), address_key = \(account.addressKey),
            user_principal_name = \(account.userPrincipalName), updated_at = \(now)
        WHERE tenant_id = \(tenant) AND mailbox_id = \(id)
        """
    }

    /// Keeps the mailbox connected when no campaign uses it.
    static func makeStandalone(_ id: Int64, of tenant: Int64) -> SQL {
        "UPDATE mailboxes SET standalone = true WHERE tenant_id = \(tenant) AND mailbox_id = \(id)"
    }

    /// Ends the connection and the grant of a mailbox that no campaign uses any more, unless it is standalone.
    package static func release(_ id: Int64, of tenant: Int64, at now: Date) -> [SQL] {
        [
            GrantTable.replace(
                of: id, tenant: tenant,
                if: """
                    NOT EXISTS (SELECT FROM mailboxes m
                        WHERE m.tenant_id = \(tenant) AND m.mailbox_id = \(id) AND m.standalone)
                    """),
            """
            UPDATE mailboxes SET grant_id = NULL, problem = NULL, problem_since = NULL, updated_at = \(now)
            WHERE tenant_id = \(tenant) AND mailbox_id = \(id) AND NOT standalone
            """,
        ]
    }

    /// Ends the connection and the grant at the partner's request.
    static func disconnect(_ id: Int64, of tenant: Int64, at now: Date) -> [SQL] {
        [
            GrantTable.replace(of: id, tenant: tenant),
            """
            UPDATE mailboxes SET grant_id = NULL, problem = NULL, problem_since = NULL, disconnected_at = \(now),
                updated_at = \(now)
            WHERE tenant_id = \(tenant) AND mailbox_id = \(id)
            """,
        ]
    }

    /// Ends all connections and grants of a deleted tenant.
    package static func disconnectAll(of tenant: Int64, at now: Date) -> [SQL] {
        [
            "UPDATE mailboxes SET grant_id = NULL, updated_at = \(now) WHERE tenant_id = \(tenant) AND grant_id IS NOT NULL",
            GrantTable.replace(of: nil, tenant: tenant),
        ]
    }

    /// Hides the mailbox. Erasure removes it after `purgeAt`.
    static func delete(_ id: Int64, of tenant: Int64, purgeAt: Date, at now: Date) -> SQL {
        """
        UPDATE mailboxes SET deleted_at = \(now), purge_at = \(purgeAt), updated_at = \(now)
        WHERE tenant_id = \(tenant) AND mailbox_id = \(id)
        """
    }

    // MARK: The connection's state

    static func record(_ problem: ConnectionProblem, of id: Int64, tenant: Int64, at now: Date) -> SQL {
        """
        UPDATE mailboxes SET problem = \(problem.rawValue), problem_since = coalesce(problem_since, \(now)),
            updated_at = \(now)
        WHERE tenant_id = \(tenant) AND mailbox_id = \(id)
        """
    }

    /// Records that the connection works. Changes no row if the mailbox has a problem or another grant.
    static func recordSuccess(of grant: Grant, at now: Date) -> SQL {
        """
        UPDATE mailboxes SET last_success_at = \(now)
        WHERE tenant_id = \(grant.tenantID) AND mailbox_id = \(grant.mailboxID) AND grant_id = \(grant.id)
            AND problem IS NULL
        """
    }

    /// Records that the connection works again.
    static func clearProblem(of id: Int64, tenant: Int64, at now: Date) -> SQL {
        """
        UPDATE mailboxes SET last_success_at = \(now), problem = NULL, problem_since = NULL, updated_at = \(now)
        WHERE tenant_id = \(tenant) AND mailbox_id = \(id)
        """
    }
}
