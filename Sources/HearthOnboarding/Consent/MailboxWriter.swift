import Foundation
import HearthMailboxes
import HearthMicrosoft
import HearthRules
import Postgres

/// The mailbox of a proven consent and its new grant, which takes the place of the former one.
struct MailboxWriter {
    let consent: Consent
    let proof: ConsentProof
    let mailboxID: Int64
    /// An invitation adds to it and takes nothing away. Microsoft keeps what an owner has consented to before, so the
    /// new token's refresh may ask for both.
    let former: FormerGrant?
    let now: Date

    init(consent: Consent, proof: ConsentProof, mailboxID: Int64, former: FormerGrant?, at now: Date) {
        self.consent = consent
        self.proof = proof
        self.mailboxID = mailboxID
        self.former = consent.invitationID == nil ? nil : former
        self.now = now
    }

    /// Of the new grant.
    var scopes: GrantedScopes {
        GrantedScopes(names: proof.tokens.scopes.names + (former?.scopes ?? []))
    }

    /// - Parameters:
    ///   - isAlone: whether it is connected in its own right.
    ///   - dueAt: when the new grant is tended first.
    func write(
        isNew: Bool, isAlone: Bool, grant: Int64, access: [UInt8], refresh: [UInt8], dueAt: Date,
        to transaction: inout Transaction
    ) {
        let tenant = consent.tenantID
        let level = consent.level.joined(with: former?.level)
        // The access token at hand is for what was asked now.
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
            MailboxTable.connect(mailboxID, account, by: grant, standalone: isAlone, tenant: tenant, at: now))
    }
}
