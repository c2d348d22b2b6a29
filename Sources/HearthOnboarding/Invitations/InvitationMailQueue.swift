package import Foundation
import HearthCore
import HearthRules
package import Outbound
package import Postgres

/// The queue of invitation e-mails that wait to be sent.
package struct InvitationMailQueue: Sendable {
    let database: Database
    let recorder: AuditRecorder

    /// In seconds; longer than sending can take. If the process dies, another then sends the message with the same
    /// Message-ID.
    static let lease: TimeInterval = 120

    package struct Due: DueWork {
        let tenantID: Int64
        let id: Int64

        var place: WorkPlace<Int64> { WorkPlace(tenant: tenantID, unit: tenantID) }
    }

    /// Finds due messages of all tenants except the given ones without locking, the longest waiting first.
    package func due(at now: Date, limit: Int, without tenants: Set<Int64> = []) async throws -> [Due] {
        try await database.read(
            """
            SELECT tenant_id, invitation_id FROM invitations
            WHERE mail_due_at <= \(now) AND tenant_id <> ALL(\(tenants.sorted()))
            ORDER BY mail_due_at LIMIT \(limit)
            """
        ).map { Due(tenantID: try $0["tenant_id"], id: try $0["invitation_id"]) }
    }

    package struct Claim: ClaimedWork {
        let invitation: Invitation
        let lease: Int
        let attempts: Int

        var place: WorkPlace<Int64> { WorkPlace(tenant: invitation.tenantID, unit: invitation.tenantID) }
        var metadata: [String: String] { ["invitation.id": String(invitation.id)] }
    }

    /// Claims a message; returns nil if another process was faster, or the message is no longer wanted.
    package func claim(_ due: Due, at now: Date) async throws -> Claim? {
        try await database.transaction { transaction in
            let rows = try transaction.query(all: [
                InvitationTable.claimMail(
                    of: due.id, tenant: due.tenantID, until: now.addingTimeInterval(Self.lease), at: now),
                InvitationStore.select(due.id, of: due.tenantID),
            ])
            guard let row = rows[0].first, let invitation = try rows[1].first.map(Invitation.init) else { return nil }
            return Claim(invitation: invitation, lease: try row["mail_lease_no"], attempts: try row["mail_attempts"])
        }
    }

    package func sent(_ claim: Claim, at now: Date) async throws {
        let entry = try entry("invitation.mailed", claim, outcome: nil, at: now)
        try await database.transaction { transaction in
            let settled = try transaction.query(InvitationTable.mailSent(claim, at: now)).affected
            if settled == 1 { transaction.audit(entry) }
        }
    }

    /// Releases a message that could not be tried, which does not count as an attempt.
    package func release(_ claim: Claim, at now: Date) async throws {
        _ = try await database.write(InvitationTable.releaseMail(claim, at: now))
    }

    private func entry(_ action: String, _ claim: Claim, outcome: String?, at now: Date) throws -> AuditInsertion {
        try Caller.hearth(of: claim.invitation.tenantID)
            .entry(action, "invitation:\(claim.invitation.id)", outcome: outcome, recorder, at: now)
    }

    /// Records a failed attempt.
    ///
    /// - Parameter next: when the message is tried again; nil if it is given up, which is announced.
    /// - Returns: whether an event was written.
    package func failed(_ claim: Claim, because failure: MailFailure, next: Date?, at now: Date) async throws -> Bool {
        let invitation = claim.invitation
        let entry = try entry("invitation.failed", claim, outcome: Self.notDelivered, at: now)
        return try await database.transaction { transaction in
            let settled = try transaction.query(
                next.map { InvitationTable.retryMail(claim, because: failure.description, at: $0, now: now) }
                    ?? InvitationTable.giveUpMail(
                        claim, because: failure.description, code: Self.notDelivered, at: now)
            ).affected
            guard settled == 1, next == nil else { return false }
            Outbox.append(
                OutboxEvent(.failed, of: invitation, code: Self.notDelivered, at: now), tenant: invitation.tenantID,
                in: &transaction)
            transaction.audit(entry)
            return true
        }
    }

    /// The outcome code of an invitation whose message no server accepted.
    package static let notDelivered = "EMAIL_NOT_DELIVERED"
}

/// The state of the queue of invitation e-mails, over all tenants.
package struct InvitationMailBacklog: Sendable {
    package let waiting: Int
    /// When the message that has waited longest was queued, which is when its link was created.
    package let oldest: Date?
    /// Messages given up within the last day.
    package let failed: Int

    /// Reads the state without changing anything.
    package static func read(_ database: Database, at now: Date) async throws -> InvitationMailBacklog {
        let rows = try await database.read(
            """
            SELECT count(*) FILTER (WHERE mail_due_at IS NOT NULL) AS waiting,
                min(expires_at - make_interval(secs => lifetime)) FILTER (WHERE mail_due_at IS NOT NULL) AS oldest,
                count(*) FILTER (WHERE mail_status = 'failed') AS failed
            FROM invitations
            WHERE mail_due_at IS NOT NULL OR (mail_status = 'failed' AND updated_at > \(now.addingTimeInterval(-86_400)))
            """)
        return InvitationMailBacklog(
            waiting: try rows.scalar("waiting") ?? 0, oldest: try rows.first?[nullable: "oldest"],
            failed: try rows.scalar("failed") ?? 0)
    }
}
