import Foundation
import HTTPTypes
import HearthRules
import Postgres

/// The statements about shared mailboxes.
struct SharedMailboxStore: Sendable {
    let database: Database

    func find(_ id: Int64, of tenant: Int64) async throws -> SharedMailbox? {
        try await database.read(Self.one(id, of: tenant)).first.map(SharedMailbox.init)
    }

    func list(_ page: PageRequest, delegate: Int64?, of tenant: Int64) async throws -> Page<SharedMailbox> {
        let found = try await database.read(
            """
            SELECT \(unescaped: SharedMailbox.columns) FROM \(unescaped: SharedMailbox.relations)
            WHERE s.tenant_id = \(tenant) AND s.shared_mailbox_id > \(page.after ?? 0)
                AND (\(delegate)::bigint IS NULL OR s.mailbox_id = \(delegate))
            ORDER BY s.shared_mailbox_id LIMIT \(page.limit + 1)
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

    /// Connects an address that Graph has let the delegate into; one that is there keeps its id.
    ///
    /// - Parameter id: for one that is new.
    /// - Returns: the mailbox, and whether it was not connected before. Nil when the delegate's grant is another by now.
    static func connect(
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
        // A delegate is in use, whatever becomes of its campaigns.
        transaction.write(
            """
            UPDATE mailboxes SET standalone = true WHERE tenant_id = \(tenant) AND mailbox_id = \(grant.mailboxID)
            """)
        guard let row = try transaction.query(one(before?.id ?? id, of: tenant)).first else { return nil }
        return (try SharedMailbox(row: row), before?.status != .connected)
    }

    /// Forgets one: its delegate keeps its own connection.
    ///
    /// - Returns: what it was; nil when there is none.
    static func remove(
        _ id: Int64, of tenant: Int64, in transaction: inout Transaction
    ) throws -> SharedMailbox? {
        let found = try transaction.query("\(one(id, of: tenant)) FOR UPDATE OF s").first.map(SharedMailbox.init)
        transaction.write(
            "DELETE FROM shared_mailboxes WHERE tenant_id = \(tenant) AND shared_mailbox_id = \(id)")
        return found
    }

    /// What a delegate's end means to the mailboxes that borrow its token: those that were connected end with it.
    ///
    /// - Parameter isEnd: whether the tokens are destroyed; otherwise they come back when the delegate's fault is over.
    static func fall(
        with delegate: Int64, of tenant: Int64, because problem: ConnectionProblem, isEnd: Bool, isNews: Bool,
        at now: Date, in transaction: inout Transaction
    ) throws {
        let found = try lock(borrowing: delegate, of: tenant, in: &transaction)
        guard !found.isEmpty else { return }
        if isEnd {
            transaction.write(
                """
                UPDATE shared_mailboxes SET disconnected_at = \(now), updated_at = \(now)
                WHERE tenant_id = \(tenant) AND mailbox_id = \(delegate) AND disconnected_at IS NULL
                """)
        }
        guard isNews else { return }
        for mailbox in found {
            Outbox.append(
                OutboxEvent(.disconnected, of: mailbox, problem: problem, at: now), tenant: tenant, in: &transaction)
        }
    }

    /// What the end of a delegate's fault means to the mailboxes that borrow its token: they work again, unless its
    /// grant does not reach them.
    static func recover(with grant: Grant, at now: Date, in transaction: inout Transaction) throws {
        for mailbox in try lock(borrowing: grant.mailboxID, of: grant.tenantID, in: &transaction) {
            let mailbox = mailbox.borrowing(GrantedScopes(names: grant.scopes))
            guard mailbox.status == .connected else { continue }
            Outbox.append(
                OutboxEvent(.reconnected, of: mailbox, problem: nil, at: now), tenant: grant.tenantID, in: &transaction)
        }
    }

    /// Those that have not ended.
    private static func lock(
        borrowing delegate: Int64, of tenant: Int64, in transaction: inout Transaction
    ) throws -> [SharedMailbox] {
        try transaction.query(
            """
            SELECT \(unescaped: SharedMailbox.columns) FROM \(unescaped: SharedMailbox.relations)
            WHERE s.tenant_id = \(tenant) AND s.mailbox_id = \(delegate) AND s.disconnected_at IS NULL
            ORDER BY s.shared_mailbox_id FOR UPDATE OF s
            """
        ).map(SharedMailbox.init)
    }
}

extension APIError {
    static let sharedMailboxNotFound = APIError(
        .notFound, code: "SHARED_MAILBOX_NOT_FOUND",
        message: "There is no such shared mailbox in this account. See GET /api/v1/shared-mailboxes.")
}
