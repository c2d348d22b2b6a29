package import Foundation
import HTTPTypes
import HearthCore
package import HearthRules
package import HearthWeb
package import Postgres

/// Reads and writes shared mailboxes.
package struct SharedMailboxStore: Sendable {
    let database: Database

    package init(database: Database) {
        self.database = database
    }

    package func find(_ id: Int64, of tenant: Int64) async throws -> SharedMailbox? {
        try await database.read(Self.one(id, of: tenant)).first.map(SharedMailbox.init)
    }

    package func list(_ page: PageRequest, delegate: Int64?, of tenant: Int64) async throws -> Page<SharedMailbox> {
        let found = try await database.read(
            """
            SELECT \(unescaped: SharedMailbox.columns) FROM \(unescaped: SharedMailbox.relations)
            WHERE s.tenant_id = \(tenant) AND \(page.follows("s.shared_mailbox_id"))
                AND (\(delegate)::bigint IS NULL OR s.mailbox_id = \(delegate))
            \(page.ordered(by: "s.shared_mailbox_id"))
            """
        ).map(SharedMailbox.init)
        return Page(found, of: page, key: \.id)
    }

    private static func one(_ id: Int64, of tenant: Int64) -> SQL {
        """
        SELECT \(unescaped: SharedMailbox.columns) FROM \(unescaped: SharedMailbox.relations)
        WHERE s.tenant_id = \(tenant) AND s.shared_mailbox_id = \(id)
        """
    }

    /// Connects a shared mailbox that the delegate was able to open. An existing one keeps its id.
    ///
    /// - Parameter id: the id for a new one.
    /// - Returns: the mailbox, and whether it was not connected before; nil if the delegate's grant has changed meanwhile.
    package static func connect(
        _ address: EmailAddress, through grant: Grant, id: Int64, at now: Date, in transaction: inout Transaction
    ) throws -> (mailbox: SharedMailbox, isNews: Bool)? {
        let tenant = grant.tenantID
        let rows = try transaction.query(all: [
            """
            SELECT 1 FROM mailboxes
            WHERE tenant_id = \(tenant) AND mailbox_id = \(grant.mailboxID) AND grant_id = \(grant.id) FOR UPDATE
            """,
            """
            SELECT \(unescaped: SharedMailbox.columns) FROM \(unescaped: SharedMailbox.relations)
            WHERE s.tenant_id = \(tenant) AND s.address_key = \(address.key) FOR UPDATE OF s
            """,
        ])
        guard !rows[0].isEmpty else { return nil }
        let before = try rows[1].first.map(SharedMailbox.init)
        _ = try transaction.query(
            """
            INSERT INTO shared_mailboxes (tenant_id, shared_mailbox_id, mailbox_id, address, address_key, verified_at,
                created_at, updated_at)
            VALUES (\(tenant), \(id), \(grant.mailboxID), \(address.text), \(address.key), \(now), \(now), \(now))
            ON CONFLICT (tenant_id, address_key) DO UPDATE
            SET mailbox_id = excluded.mailbox_id, address = excluded.address, verified_at = excluded.verified_at,
                disconnected_at = NULL, updated_at = excluded.updated_at
            """)
        // A delegate stays connected even if no campaign uses it.
        transaction.write(MailboxTable.makeStandalone(grant.mailboxID, of: tenant))
        guard let row = try transaction.query(one(before?.id ?? id, of: tenant)).first else { return nil }
        return (try SharedMailbox(row: row), before?.status != .connected)
    }

    /// Deletes a shared mailbox. Its delegate stays connected.
    ///
    /// - Returns: the deleted mailbox; nil if it does not exist.
    package static func remove(
        _ id: Int64, of tenant: Int64, in transaction: inout Transaction
    ) throws -> SharedMailbox? {
        let found = try transaction.query("\(one(id, of: tenant)) FOR UPDATE OF s").first.map(SharedMailbox.init)
        transaction.write(
            "DELETE FROM shared_mailboxes WHERE tenant_id = \(tenant) AND shared_mailbox_id = \(id)")
        return found
    }

    /// Disconnects all shared mailboxes of a delegate.
    package static func disconnect(
        borrowing delegate: Int64, of tenant: Int64, at now: Date, in transaction: inout Transaction
    ) {
        transaction.write(
            """
            UPDATE shared_mailboxes SET disconnected_at = \(now), updated_at = \(now)
            WHERE tenant_id = \(tenant) AND mailbox_id = \(delegate) AND disconnected_at IS NULL
            """)
    }
}

extension APIError {
    static let sharedMailboxNotFound = APIError(
        .notFound, code: "SHARED_MAILBOX_NOT_FOUND",
        message: "There is no such shared mailbox in this account. See GET /api/v1/shared-mailboxes.")
}
