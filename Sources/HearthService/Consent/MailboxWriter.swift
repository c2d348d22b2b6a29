import Foundation
import HearthRules
import Postgres

/// The mailbox of a proven consent and its new grant, which takes the place of the former one.
struct MailboxWriter {
    let consent: Consent
    let proof: ConsentAttempt.Proof
    let mailboxID: Int64
    let now: Date

    init(consent: Consent, proof: ConsentAttempt.Proof, mailboxID: Int64, at now: Date) {
        self.consent = consent
        self.proof = proof
        self.mailboxID = mailboxID
        self.now = now
    }

    /// - Parameter dueAt: when the new grant is tended first.
    func write(
        isNew: Bool, grant: Int64, access: [UInt8], refresh: [UInt8], dueAt: Date, to transaction: inout Transaction
    ) {
        let tenant = consent.tenantID
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
            VALUES (\(tenant), \(grant), \(mailboxID), \(consent.applicationID), \(consent.level),
                \(proof.tokens.scopes.names), 'live', \(access), \(now.addingTimeInterval(proof.tokens.expiresIn)),
                \(refresh), \(now), \(now), \(dueAt))
            """)
        transaction.write(
            """
            UPDATE mailboxes SET grant_id = \(grant), problem = NULL, problem_since = NULL, disconnected_at = NULL,
                deleted_at = NULL, purge_at = NULL,
                address = \(proof.profile.address), address_key = \(consent.emailKey),
                user_principal_name = \(proof.profile.userPrincipalName), updated_at = \(now)
            WHERE tenant_id = \(tenant) AND mailbox_id = \(mailboxID)
            """)
    }
}
