import Foundation
import HearthCore
import HearthRules
import Postgres

/// The queue of e-mails. A message is `queued` until it is `sent` or has `failed`. `mail_due_at` is when the next attempt is
/// due, or when the lease of an attempt under way ends.
extension InvitationTable {
    /// Claims a message. Returns `mail_lease_no` and `mail_attempts`; no row if another process has claimed it or it is no
    /// longer wanted.
    static func claimMail(of id: Int64, tenant: Int64, until end: Date, at now: Date) -> SQL {
        """
        UPDATE invitations SET mail_due_at = \(end), mail_lease_no = mail_lease_no + 1,
            mail_attempts = mail_attempts + 1
        WHERE tenant_id = \(tenant) AND invitation_id = \(id) AND mail_due_at <= \(now)
        RETURNING mail_lease_no, mail_attempts
        """
    }

    static func mailSent(_ claim: InvitationMailQueue.Claim, at now: Date) -> SQL {
        """
        UPDATE invitations SET mail_status = 'sent', mail_due_at = NULL, mail_error = NULL, mail_sent_at = \(now),
            updated_at = \(now)
        WHERE \(isHeld(claim))
        """
    }

    /// Releases a message that could not be tried, which does not count as an attempt.
    static func releaseMail(_ claim: InvitationMailQueue.Claim, at now: Date) -> SQL {
        "UPDATE invitations SET mail_due_at = \(now), mail_attempts = mail_attempts - 1 WHERE \(isHeld(claim))"
    }

    static func retryMail(_ claim: InvitationMailQueue.Claim, because failure: String, at next: Date, now: Date) -> SQL
    {
        """
        UPDATE invitations SET mail_error = \(failure), mail_due_at = \(next), updated_at = \(now)
        WHERE \(isHeld(claim))
        """
    }

    /// - Parameter code: becomes the invitation's outcome, unless its owner has already opened it.
    static func giveUpMail(
        _ claim: InvitationMailQueue.Claim, because failure: String, code: String, at now: Date
    ) -> SQL {
        let move = InvitationMove.giveUpMail
        return """
            UPDATE invitations SET mail_error = \(failure), mail_due_at = NULL, updated_at = \(now), mail_status = 'failed',
                status = CASE WHEN \(move.isAllowed()) THEN \(move.target) ELSE status END,
                outcome_code = CASE WHEN \(move.isAllowed()) THEN \(code) ELSE outcome_code END
            WHERE \(isHeld(claim))
            """
    }

    private static func isHeld(_ claim: InvitationMailQueue.Claim) -> SQL {
        """
        tenant_id = \(claim.invitation.tenantID) AND invitation_id = \(claim.invitation.id)
            AND mail_lease_no = \(claim.lease) AND mail_status = 'queued'
        """
    }
}
