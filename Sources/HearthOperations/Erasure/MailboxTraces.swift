import Foundation
import HearthRules
import Postgres

/// How the tenant's other rows refer to a mailbox: the ids of what was made for it, and its addresses.
struct MailboxTraces: Sendable {
    let tenantID: Int64
    let mailboxID: Int64
    let campaignIDs: [Int64]
    let consentIDs: [Int64]
    let invitationIDs: [Int64]
    /// The addresses in the form used for comparison.
    let addressKeys: [String]
    /// The addresses as they occur in rows, in lower case.
    let addresses: [String]

    /// The ordering keys of events about it.
    var orderingKeys: [String] {
        ["mailbox:\(mailboxID)"] + campaignIDs.map { "campaign:\($0)" } + consentIDs.map { "consent:\($0)" }
            + invitationIDs.map { "invitation:\($0)" }
    }

    /// A pattern for PostgreSQL and Swift that matches one of the addresses in lower-case text, but not as part of a longer
    /// address. Its first group is the character before the address.
    var pattern: String {
        let any = addresses.map(Self.escaped).joined(separator: "|")
        return "(^|[^a-z0-9._%+'-])(\(any))(?![a-z0-9-]|\\.[a-z0-9])"
    }

    /// The same for the ids, which must not be part of a longer number.
    var idPattern: String {
        let any = ([mailboxID] + campaignIDs + consentIDs + invitationIDs).map(String.init).joined(separator: "|")
        return "(^|[^0-9])(\(any))(?![0-9])"
    }

    private static func escaped(_ text: String) -> String {
        String(text.flatMap { $0.isLetter || $0.isNumber ? [$0] : ["\\", $0] })
    }

    /// Reads the traces while locking the mailbox and everything that was made for it, in the service's lock order.
    ///
    /// - Returns: nil if there is no such mailbox.
    static func lock(
        _ mailbox: Int64, of tenant: Int64, in transaction: inout Transaction
    ) throws -> MailboxTraces? {
        let found = try transaction.query(
            "SELECT address, address_key, user_principal_name FROM mailboxes WHERE tenant_id = \(tenant) AND mailbox_id = \(mailbox)"
        ).first
        guard let found else { return nil }
        let names: [String] = [try found["address"], try found["user_principal_name"]]
        let campaigns = try transaction.query(
            """
            SELECT campaign_id, email, email_key, mailbox_address FROM campaigns
            WHERE tenant_id = \(tenant) AND mailbox_id = \(mailbox)
            """)
        let campaignIDs: [Int64] = try campaigns.map { try $0["campaign_id"] }
        var written = Set(names)
        var keys: Set<String> = [try found["address_key"]]
        keys.formUnion(names.compactMap(EmailAddress.key))
        for campaign in campaigns {
            written.formUnion([try campaign["email"], try campaign["mailbox_address"]])
            keys.insert(try campaign["email_key"])
        }
        // Links for this mailbox, and links for the same address that have not led to a campaign.
        let consents = try transaction.query(
            """
            SELECT consent_id, email FROM consents
            WHERE tenant_id = \(tenant) AND (campaign_id = ANY(\(campaignIDs)) OR reconnects = ANY(\(campaignIDs))
                OR mailbox_id = \(mailbox)
                OR (email_key = ANY(\(Array(keys))) AND campaign_id IS NULL AND reconnects IS NULL))
            ORDER BY consent_id FOR UPDATE
            """)
        written.formUnion(try consents.map { try $0["email"] })
        let invitations = try transaction.query(
            """
            SELECT invitation_id, email FROM invitations
            WHERE tenant_id = \(tenant) AND (mailbox_id = \(mailbox) OR email_key = ANY(\(Array(keys))))
            ORDER BY invitation_id FOR UPDATE
            """)
        written.formUnion(try invitations.map { try $0["email"] })
        _ = try transaction.query(all: [
            "SELECT 1 FROM mailboxes WHERE tenant_id = \(tenant) AND mailbox_id = \(mailbox) FOR UPDATE",
            """
            SELECT 1 FROM grants WHERE tenant_id = \(tenant) AND mailbox_id = \(mailbox) ORDER BY grant_id FOR UPDATE
            """,
        ])
        let locked: [Int64] = try transaction.query(
            """
            SELECT campaign_id FROM campaigns WHERE tenant_id = \(tenant) AND mailbox_id = \(mailbox)
            ORDER BY campaign_id FOR UPDATE
            """
        ).map { try $0["campaign_id"] }
        // A consent was completed in the meantime. This error makes the client run the transaction again.
        guard Set(locked) == Set(campaignIDs) else { throw ServerError(sqlState: "40001") }
        return MailboxTraces(
            tenantID: tenant, mailboxID: mailbox, campaignIDs: locked,
            consentIDs: try consents.map { try $0["consent_id"] },
            invitationIDs: try invitations.map { try $0["invitation_id"] },
            addressKeys: Array(keys), addresses: Set(written.map { $0.lowercased() }).union(keys).sorted())
    }
}
