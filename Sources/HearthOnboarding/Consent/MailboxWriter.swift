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
        if isNew {
            transaction.write(
                """
                INSERT INTO mailboxes (tenant_id, mailbox_id, tid, oid, address, address_key, user_principal_name,
                    account_type, created_at, updated_at)
                VALUES (\(tenant), \(mailboxID), \(proof.tid), \(proof.oid), \(proof.profile.address), \(consent.emailKey),
                    \(proof.profile.userPrincipalName), \(proof.accountType), \(now), \(now))
                """)
        } else {
            transaction.write(
                """
                UPDATE grants SET state = 'replaced', access_token = NULL, access_expires_at = NULL, refresh_token = NULL,
                    lease_until = NULL
                WHERE tenant_id = \(tenant) AND mailbox_id = \(mailboxID) AND state = 'live'
                """)
        }
        transaction.write(
            """
            INSERT INTO grants (tenant_id, grant_id, mailbox_id, app_id, level, scopes, state, access_token,
                access_expires_at, refresh_token, created_at, refreshed_at, due_at)
            VALUES (\(tenant), \(grant), \(mailboxID), \(consent.applicationID), \(level), \(scopes.names), 'live',
                \(holdsAll ? access : nil), \(holdsAll ? now.addingTimeInterval(proof.tokens.expiresIn) : nil),
                \(refresh), \(now), \(now), \(dueAt))
            """)
        transaction.write(
            """
            UPDATE mailboxes SET grant_id = \(grant), problem = NULL, problem_since = NULL, disconnected_at = NULL,
                deleted_at = NULL, purge_at = NULL, standalone = standalone OR \(isAlone),
                address = \(proof.profile.address), address_key = \(consent.emailKey),
                user_principal_name = \(proof.profile.userPrincipalName), updated_at = \(now)
            WHERE tenant_id = \(tenant) AND mailbox_id = \(mailboxID)
            """)
    }
}
