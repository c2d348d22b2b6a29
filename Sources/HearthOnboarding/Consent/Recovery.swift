import Foundation
import HearthCampaigns
import HearthCore
import HearthMailboxes
import HearthMicrosoft
import HearthRules
import Postgres

/// Announces that an existing mailbox works again after a new consent, in addition to the events of the consent and the
/// campaign, and informs what depends on the mailbox.
struct Recovery {
    let consent: Consent
    let found: ConsentLock
    let proof: ConsentProof
    /// The scopes of the new grant.
    let scopes: GrantedScopes

    /// - Parameter campaign: the campaign that uses the mailbox now.
    func write(_ mailbox: Int64, campaign: Int64?, at now: Date, in transaction: inout Transaction) throws {
        // Without a campaign whose event announces the reconnect, the mailbox's event does.
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
