import Foundation
import HearthRules
import Postgres

/// What partners are told when the owner of a mailbox that was there before has consented again, beside the events of
/// the consent and of the campaign.
struct Recovery {
    let consent: Consent
    let found: ConsentLock
    let proof: ConsentAttempt.Proof
    /// Of the new grant.
    let scopes: GrantedScopes

    func write(_ mailbox: Int64, at now: Date, in transaction: inout Transaction) {
        // Where no campaign tells of a reconnect, the mailbox does.
        let isReconnectAlone = consent.kind == .reconnect && found.campaign == nil
        if found.wasLost || isReconnectAlone {
            Outbox.append(
                OutboxEvent(
                    .reconnected, of: mailbox, address: proof.profile.address, problem: nil,
                    holder: found.campaign.map(MailboxHolder.init) ?? MailboxHolder(consent), at: now),
                tenant: consent.tenantID, in: &transaction)
        }
        for shared in found.sharedMailboxes {
            shared.tell(after: shared.borrowing(scopes), of: consent.tenantID, at: now, in: &transaction)
        }
    }
}
