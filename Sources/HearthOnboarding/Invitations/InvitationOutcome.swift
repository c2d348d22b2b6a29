import Foundation
import HearthCore
import HearthMailboxes
import HearthRules
import Postgres

/// Updates an invitation in the commit that changes its consent. Does nothing for a consent without an invitation.
struct InvitationOutcome {
    let consent: Consent
    let now: Date

    init(of consent: Consent, at now: Date) {
        self.consent = consent
        self.now = now
    }

    /// Records an attempt that ended without a completion. Transient faults leave the status unchanged.
    func record(_ outcome: ConsentOutcome, announces: Bool, in transaction: inout Transaction) {
        guard let id = consent.invitationID else { return }
        let event: InvitationEvent = outcome.kind == .declined ? .declined : .failed
        let move: InvitationMove? = outcome.isAnnounced ? (event == .declined ? .decline : .fail) : nil
        transaction.write(InvitationTable.record(outcome, of: id, tenant: consent.tenantID, move: move, at: now))
        guard announces else { return }
        Outbox.append(
            OutboxEvent(event, invitation: id, consent: consent, code: outcome.code.rawValue, at: now),
            tenant: consent.tenantID, in: &transaction)
    }

    func complete(mailbox: Int64, campaign: Int64?, in transaction: inout Transaction) {
        guard let id = consent.invitationID else { return }
        transaction.write(
            InvitationTable.complete(
                id, of: consent.tenantID, consent: consent.id, mailbox: mailbox, campaign: campaign, at: now))
        Outbox.append(
            OutboxEvent(
                .completed, invitation: id, consent: consent, mailbox: mailbox, campaign: campaign, at: now),
            tenant: consent.tenantID, in: &transaction)
    }
}
