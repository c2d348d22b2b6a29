import Foundation
import HearthRules
import Postgres

/// Writes down how a mailbox's connection stands, with everything that follows: badge, paused campaign, events.
///
/// A fault that passes is never recorded here; nor is one of the application's. What is recorded is told once.
struct ConnectionRecord: Sendable {
    let database: Database
    let pen: AuditPen
    let work: WorkHints
    let now: @Sendable () -> Date

    /// Whose doing it is in the history.
    static let actor = "microsoft"

    /// Microsoft refuses the grant.
    ///
    /// - Parameter lease: of the refresh that found it; nil where none was held.
    func failed(_ problem: ConnectionProblem, endsGrant: Bool, grant: Grant) async throws {
        let now = now()
        let changed = try await database.transaction { [pen] transaction in
            guard let found = try lock(grant, in: &transaction) else { return false }
            transaction.write(
                """
                UPDATE grants SET problem = \(problem.rawValue), due_at = NULL, lease_until = NULL,
                    state = CASE WHEN \(endsGrant) THEN 'dead' ELSE state END,
                    access_token = CASE WHEN \(endsGrant) THEN NULL ELSE access_token END,
                    access_expires_at = CASE WHEN \(endsGrant) THEN NULL ELSE access_expires_at END,
                    refresh_token = CASE WHEN \(endsGrant) THEN NULL ELSE refresh_token END
                WHERE tenant_id = \(grant.tenantID) AND grant_id = \(grant.id)
                """)
            guard found.problem != problem else { return false }
            transaction.write(
                """
                UPDATE mailboxes SET problem = \(problem.rawValue), problem_since = coalesce(problem_since, \(now)),
                    updated_at = \(now)
                WHERE tenant_id = \(grant.tenantID) AND mailbox_id = \(grant.mailboxID)
                """)
            let caller = Caller(tenantID: grant.tenantID, actor: Self.actor, requestID: nil)
            try LostConnection(
                problem: problem, mailboxID: grant.mailboxID, address: found.address, campaign: found.campaign,
                holder: found.holder
            ).write(
                isNews: found.problem == nil, by: caller, at: now, in: &transaction)
            try caller.note(
                "mailbox.disconnected", "mailbox:\(grant.mailboxID)", outcome: problem.rawValue, pen, at: now,
                in: &transaction)
            return true
        }
        if changed { work.eventCommitted() }
    }

    /// It worked. A problem that was there is over.
    func succeeded(_ grant: Grant) async throws {
        let now = now()
        let wasWell =
            try await database.write(
                """
                UPDATE mailboxes SET last_success_at = \(now)
                WHERE tenant_id = \(grant.tenantID) AND mailbox_id = \(grant.mailboxID) AND grant_id = \(grant.id)
                    AND problem IS NULL
                """
            ).affected == 1
        if wasWell { return }
        let healed = try await database.transaction { [pen] transaction in
            guard let found = try lock(grant, in: &transaction) else { return false }
            transaction.write(
                """
                UPDATE mailboxes SET last_success_at = \(now), problem = NULL, problem_since = NULL, updated_at = \(now)
                WHERE tenant_id = \(grant.tenantID) AND mailbox_id = \(grant.mailboxID)
                """)
            guard found.problem != nil else { return false }
            transaction.write(
                """
                UPDATE grants SET problem = NULL WHERE tenant_id = \(grant.tenantID) AND grant_id = \(grant.id)
                """)
            try Self.heal(found, of: grant, at: now, in: &transaction)
            try Caller(tenantID: grant.tenantID, actor: Self.actor, requestID: nil).note(
                "mailbox.reconnected", "mailbox:\(grant.mailboxID)", outcome: nil, pen, at: now, in: &transaction)
            return true
        }
        if healed { work.eventCommitted() }
    }

    // MARK: Under lock

    private struct Found {
        let address: String
        let problem: ConnectionProblem?
        let campaign: Campaign?
        let holder: MailboxHolder?
    }

    /// Mailbox, grant, campaign, in that order. Nil when the grant is not the mailbox's any more: then nothing is known.
    private func lock(_ grant: Grant, in transaction: inout Transaction) throws -> Found? {
        let rows = try transaction.query(all: [
            """
            SELECT address, problem, grant_id FROM mailboxes
            WHERE tenant_id = \(grant.tenantID) AND mailbox_id = \(grant.mailboxID) FOR UPDATE
            """,
            """
            SELECT state FROM grants WHERE tenant_id = \(grant.tenantID) AND grant_id = \(grant.id) FOR UPDATE
            """,
            """
            SELECT \(unescaped: Campaign.columns) FROM campaigns c
            WHERE c.tenant_id = \(grant.tenantID) AND c.mailbox_id = \(grant.mailboxID) AND c.status <> 'deleted'
            FOR UPDATE
            """,
            MailboxHolder.lastLink(of: grant.mailboxID, tenant: grant.tenantID),
        ])
        guard let mailbox = rows[0].first, let state = rows[1].first, try mailbox[nullable: "grant_id"] == grant.id,
            try state["state"] == Grant.State.live
        else { return nil }
        let problem: String? = try mailbox[nullable: "problem"]
        let campaign = try rows[2].first.map(Campaign.init)
        return Found(
            address: try mailbox["address"], problem: problem.flatMap(ConnectionProblem.init), campaign: campaign,
            holder: try campaign.map(MailboxHolder.init) ?? rows[3].first.map(MailboxHolder.init))
    }

    /// The campaign stays where it is: resuming is its partner's step.
    private static func heal(
        _ found: Found, of grant: Grant, at now: Date, in transaction: inout Transaction
    ) throws {
        // It asks for locks of its own, which come before the lanes and the feed of the events.
        try SharedMailboxStore.recover(with: grant, at: now, in: &transaction)
        if let campaign = found.campaign {
            transaction.write(
                """
                UPDATE campaigns SET connection_problem = NULL, updated_at = \(now)
                WHERE tenant_id = \(grant.tenantID) AND campaign_id = \(campaign.id)
                """)
        }
        Outbox.append(
            OutboxEvent(
                .reconnected, of: grant.mailboxID, address: found.address, problem: nil, holder: found.holder,
                at: now),
            tenant: grant.tenantID, in: &transaction)
    }
}
