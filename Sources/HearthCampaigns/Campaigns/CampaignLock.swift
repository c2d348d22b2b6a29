import Foundation
import HearthMailboxes
import HearthRules
import HearthWeb
import Postgres

/// A campaign under lock, with what must be locked before it, in the order of docs/architecture.md, "The order of locks".
struct CampaignLock {
    let campaign: Campaign
    let grantID: Int64?
    private let tenantID: Int64
    private let openConsents: [Int64]

    /// One round trip.
    static func take(
        _ id: Int64, of tenant: Int64, for command: CampaignCommand, in transaction: inout Transaction
    ) throws -> CampaignLock {
        let mailbox: SQL =
            """
            SELECT m.mailbox_id, m.grant_id FROM mailboxes m
            WHERE m.tenant_id = \(tenant)
                AND m.mailbox_id = (SELECT mailbox_id FROM campaigns WHERE tenant_id = \(tenant) AND campaign_id = \(id))
            FOR UPDATE
            """
        let campaign: SQL =
            """
            SELECT \(unescaped: Campaign.columns) FROM campaigns c
            WHERE c.tenant_id = \(tenant) AND c.campaign_id = \(id)
            FOR UPDATE
            """
        // Only a deletion touches consents: those that would bring the campaign back.
        let consents: SQL =
            """
            SELECT consent_id FROM consents
            WHERE tenant_id = \(tenant) AND status IN ('open', 'redeeming')
                AND (reconnects = \(id) OR (kind = 'connect' AND email_key = (
                SELECT m.address_key FROM campaigns c
                JOIN mailboxes m ON m.tenant_id = c.tenant_id AND m.mailbox_id = c.mailbox_id
                WHERE c.tenant_id = \(tenant) AND c.campaign_id = \(id))))
            ORDER BY consent_id FOR UPDATE
            """
        let rows = try transaction.query(all: (command == .delete ? [consents] : []) + [mailbox, campaign])
        guard let row = rows[rows.count - 1].first else { throw APIError.campaignNotFound }
        return CampaignLock(
            campaign: try Campaign(row: row), grantID: try rows[rows.count - 2].first?[nullable: "grant_id"],
            tenantID: tenant,
            openConsents: command == .delete ? try rows[0].map { try $0["consent_id"] } : [])
    }

    /// What a deleted campaign leaves behind: no open link, and no token, for a mailbox has one live campaign at most.
    /// A mailbox that is connected in its own right stays so.
    func release(at now: Date, in transaction: inout Transaction) {
        if !openConsents.isEmpty {
            transaction.write(ConsentTable.revoke(.locked(openConsents), of: tenantID, at: now))
        }
        for statement in MailboxTable.release(campaign.mailboxID, of: tenantID, at: now) {
            transaction.write(statement)
        }
    }
}
