import Foundation
import HearthCore
import HearthMailboxes
import Postgres

/// What becomes of an invitation by its consent, in the consent's own commit. Nothing for consents of no invitation.
struct InvitationOutcome {
    let consent: Consent
    let now: Date

    init(of consent: Consent, at now: Date) {
        self.consent = consent
        self.now = now
    }

    /// An attempt ended without a completion. What passes by itself leaves the status as it was.
    func note(_ outcome: ConsentOutcome, announces: Bool, in transaction: inout Transaction) {
        guard let id = consent.invitationID else { return }
        let event: InvitationEvent = outcome.kind == .declined ? .declined : .failed
        let status: Invitation.Status? = outcome.isAnnounced ? (event == .declined ? .declined : .failed) : nil
        transaction.write(
            """
            UPDATE invitations SET status = coalesce(\(status), status), outcome_code = \(outcome.code.rawValue),
                updated_at = \(now)
            WHERE tenant_id = \(consent.tenantID) AND invitation_id = \(id)
                AND status IN ('invited', 'opened', 'declined', 'failed')
            """)
        guard announces else { return }
        Outbox.append(
            OutboxEvent(event, invitation: id, consent: consent, code: outcome.code.rawValue, at: now),
            tenant: consent.tenantID, in: &transaction)
    }

    func complete(mailbox: Int64, campaign: Int64?, in transaction: inout Transaction) {
        guard let id = consent.invitationID else { return }
        transaction.write(
            """
            UPDATE invitations SET status = 'completed', outcome_code = NULL, consent_id = \(consent.id),
                mailbox_id = \(mailbox), campaign_id = \(campaign), completed_at = \(now), updated_at = \(now),
                mail_status = nullif(mail_status, 'queued'), mail_due_at = NULL
            WHERE tenant_id = \(consent.tenantID) AND invitation_id = \(id)
            """)
        Outbox.append(
            OutboxEvent(
                .completed, invitation: id, consent: consent, mailbox: mailbox, campaign: campaign, at: now),
            tenant: consent.tenantID, in: &transaction)
    }
}
