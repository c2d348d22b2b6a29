import Foundation
import HearthMailboxes
import HearthMicrosoft
import HearthRules
import Postgres

/// Writes the mailbox of a proven consent and its new grant, which replaces the previous one.
struct MailboxWriter {
    let consent: Consent
    let proof: ConsentProof
    let mailboxID: Int64
    /// The previous grant, for invitations only: they add to its permissions and remove none. Microsoft keeps earlier
    /// consents, so a refresh with the new token may request both.
    let former: PreviousGrant?
    let now: Date

    init(consent: Consent, proof: ConsentProof, mailboxID: Int64, former: PreviousGrant?, at now: Date) {
        self.consent = consent
        self.proof = proof
        self.mailboxID = mailboxID
        self.former = consent.invitationID == nil ? nil : former
        self.now = now
    }

    /// The scopes of the new grant.
    var scopes: GrantedScopes {
        GrantedScopes(names: proof.tokens.scopes.names + (former?.scopes ?? []))
    }

    /// - Parameters:
    ///   - standalone: whether the mailbox is connected independently of a campaign.
    ///   - dueAt: when the new grant is first due for upkeep.
    func write(
        isNew: Bool, standalone: Bool, grant: Int64, access: [UInt8], refresh: [UInt8], dueAt: Date,
        to transaction: inout Transaction
    ) {
        let tenant = consent.tenantID
        let level = consent.level.joined(with: former?.level)
        // The access token covers only what was requested now.
        let formerIncludesShared = GrantedScopes(names: former?.scopes ?? []).includeShared
        let holdsAll = level == consent.level && (consent.includesShared || !formerIncludesShared)
        let account = MailboxTable.Account(
            tid: proof.tid, oid: proof.oid, address: proof.profile.address, addressKey: consent.emailKey,
            userPrincipalName: proof.profile.userPrincipalName, type: proof.accountType)
        transaction.write(
            isNew
                ? MailboxTable.insertion(of: mailboxID, account, tenant: tenant, at: now)
                : GrantTable.replace(of: mailboxID, tenant: tenant))
        transaction.write(
            GrantTable.insertion(
                of: .init(
                    tenantID: tenant, id: grant, mailboxID: mailboxID, applicationID: consent.applicationID,
                    level: level, scopes: scopes.names, accessToken: holdsAll ? access : nil,
                    accessExpiresAt: holdsAll ? now.addingTimeInterval(proof.tokens.expiresIn) : nil,
                    refreshToken: refresh, createdAt: now, dueAt: dueAt)))
        transaction.write(
            MailboxTable.connect(mailboxID, account, by: grant, standalone: standalone, tenant: tenant, at: now))
    }
}
