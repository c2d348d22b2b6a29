package import Foundation
package import HearthCore
package import HearthMailboxes
import HearthMicrosoft
package import HearthRules
package import Postgres

/// A new pending campaign with its history and its event. Its row is copied from the consent's columns, so the partner's
/// values arrive unchanged.
package struct NewCampaign {
    let consent: Consent
    let proof: ConsentProof
    package let campaignID: Int64
    package let mailboxID: Int64
    let now: Date

    package init(consent: Consent, proof: ConsentProof, campaignID: Int64, mailboxID: Int64, at now: Date) {
        self.consent = consent
        self.proof = proof
        self.campaignID = campaignID
        self.mailboxID = mailboxID
        self.now = now
    }

    package func write(caller: Caller, settings: CampaignSettings, to transaction: inout Transaction) {
        transaction.write(
            CampaignTable.insertion(
                of: campaignID, mailbox: mailboxID, from: consent, address: proof.profile.address,
                smtpType: proof.accountType.smtpType, stallsAt: now.addingTimeInterval(CampaignStall.patience), at: now)
        )
        let campaign = Campaign(
            from: consent, id: campaignID, mailboxID: mailboxID, address: proof.profile.address,
            smtpType: proof.accountType.smtpType, settings: settings, at: now)
        Outbox.append(
            OutboxEvent(.pending, of: campaign, previousStatus: nil, at: now),
            recording: CampaignRecord(
                campaignID: campaignID, version: 1, from: "none", command: .consent, to: .pending, caller: caller),
            tenant: consent.tenantID, in: &transaction)
    }
}

extension Campaign {
    fileprivate init(
        from consent: Consent, id: Int64, mailboxID: Int64, address: String, smtpType: String,
        settings: CampaignSettings, at now: Date
    ) {
        self.init(
            id: id, mailboxID: mailboxID, consentID: consent.id, status: .pending, version: 1, eventSequence: 1,
            connectionProblem: nil,
            email: consent.email, mailboxAddress: address, firstName: consent.firstName, lastName: consent.lastName,
            ownerEmail: consent.ownerEmail, smtpType: smtpType, settings: settings, settingsVersion: 1,
            tags: consent.tags,
            meta: consent.meta,
            createdAt: now, updatedAt: now, externalID: consent.externalID)
    }
}
