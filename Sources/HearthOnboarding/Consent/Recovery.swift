import Foundation
import HearthCampaigns
import HearthCore
import HearthMailboxes
import HearthMicrosoft
import HearthRules
import Postgres

/// What partners are told when the owner of a mailbox that was there before has consented again, beside the events of
/// the consent and of the campaign.
struct Recovery {
    let consent: Consent
    let found: ConsentLock
    let proof: ConsentProof
    /// Of the new grant.
    let scopes: GrantedScopes

    /// - Parameter campaign: the one that uses the mailbox now.
    func write(_ mailbox: Int64, campaign: Int64?, at now: Date, in transaction: inout Transaction) throws {
        // Where no campaign tells of a reconnect, the mailbox does.
        let isReconnectAlone = consent.kind == .reconnect && found.campaign == nil
        if found.wasLost || isReconnectAlone {
            var holder = found.campaign.map(MailboxHolder.init) ?? MailboxHolder(consent)
            holder.campaignID = campaign
            Outbox.append(
                OutboxEvent(
                    .reconnected, of: mailbox, address: proof.profile.address, problem: nil,
                    holder: holder, at: now),
                tenant: consent.tenantID, in: &transaction)
        }
        try found.dependents.restored(
            RestoredConnection(
                tenantID: consent.tenantID, mailboxID: mailbox, cause: .consent, scopes: scopes, now: now),
            in: &transaction)
    }
}
