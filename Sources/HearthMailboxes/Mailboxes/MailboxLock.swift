import Foundation
import HearthCore
import HearthRules
import HearthWeb
import Postgres

/// A locked mailbox with everything that its end affects, locked in the order of docs/architecture.md, "The order of locks".
struct MailboxLock {
    let mailbox: Mailbox
    private let dependents: LockedDependents
    private let partnerData: PartnerData?
    let deletedAt: Date?
    let purgeAt: Date?
    private let tenantID: Int64
    private let openConsents: [Int64]

    /// Locks in one round trip.
    ///
    /// - Throws: 404 `MAILBOX_NOT_FOUND`.
    static func take(
        _ id: Int64, of tenant: Int64, with dependents: [any ConnectionDependent], in transaction: inout Transaction
    ) throws -> MailboxLock {
        let rows = try transaction.query(
            all: [
                """
                SELECT s.consent_id FROM consents s
                WHERE s.tenant_id = \(tenant) AND s.status IN ('open', 'redeeming') AND (
                    s.email_key = (SELECT address_key FROM mailboxes WHERE tenant_id = \(tenant) AND mailbox_id = \(id))
                    OR s.mailbox_id = \(id))
                ORDER BY s.consent_id FOR UPDATE
                """,
                """
                SELECT deleted_at, purge_at FROM mailboxes WHERE tenant_id = \(tenant) AND mailbox_id = \(id) FOR UPDATE
                """,
                "SELECT grant_id FROM grants WHERE tenant_id = \(tenant) AND mailbox_id = \(id) AND state = 'live' FOR UPDATE",
            ] + LockedDependents.locks(dependents, on: "\(id)", of: tenant) + [
                """
                SELECT \(unescaped: Mailbox.columns) FROM \(unescaped: Mailbox.relations)
                WHERE m.tenant_id = \(tenant) AND m.mailbox_id = \(id)
                """,
                PartnerData.lastLink(of: id, tenant: tenant),
            ])
        let ownLocks = 3
        let unlocked = rows.dropFirst(ownLocks + dependents.count)
        guard let row = rows[1].first, let found = unlocked.first?.first else { throw APIError.mailboxNotFound }
        let locked = LockedDependents(dependents, rows.dropFirst(ownLocks))
        return MailboxLock(
            mailbox: try Mailbox(row: found), dependents: locked,
            partnerData: try locked.use()?.partnerData ?? unlocked.last?.first.map(PartnerData.init),
            deletedAt: try row[nullable: "deleted_at"], purgeAt: try row[nullable: "purge_at"], tenantID: tenant,
            openConsents: try rows[0].map { try $0["consent_id"] })
    }

    /// Stops every use: revokes open links, destroys tokens and pauses an active campaign. The id is kept for a reconnect.
    ///
    /// - Returns: the mailbox afterwards, and whether events may have been written.
    func disconnect(
        by caller: Caller, at now: Date, in transaction: inout Transaction
    ) throws -> (mailbox: Mailbox, isTold: Bool) {
        guard mailbox.disconnectedAt == nil else { return (mailbox, false) }
        revokeLinks(at: now, in: &transaction)
        for statement in MailboxTable.disconnect(mailbox.id, of: tenantID, at: now) { transaction.write(statement) }
        guard mailbox.access != nil else { return (mailbox.disconnected(at: now), false) }
        let isNews = mailbox.problem == nil
        try dependents.lost(
            LostConnection(mailboxID: mailbox.id, problem: .disconnected, isNews: isNews, caller: caller, now: now),
            in: &transaction)
        if isNews {
            Outbox.append(
                OutboxEvent(
                    .disconnected, of: mailbox.id, address: mailbox.address, problem: .disconnected,
                    partnerData: partnerData,
                    at: now),
                tenant: tenantID, in: &transaction)
        }
        return (mailbox.disconnected(at: now), true)
    }

    private func revokeLinks(at now: Date, in transaction: inout Transaction) {
        guard !openConsents.isEmpty else { return }
        transaction.write(ConsentTable.revoke(.locked(openConsents), of: tenantID, at: now))
    }

    /// Hides the mailbox, whose remaining data is destroyed later. It must be disconnected.
    func markDeleted(at now: Date, purgeAt: Date, in transaction: inout Transaction) {
        // Links created since its disconnection.
        revokeLinks(at: now, in: &transaction)
        transaction.write(MailboxTable.delete(mailbox.id, of: tenantID, purgeAt: purgeAt, at: now))
    }
}
