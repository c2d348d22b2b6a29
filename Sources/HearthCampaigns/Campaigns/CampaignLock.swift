import Foundation
import HearthMailboxes
import HearthRules
import HearthWeb
import Postgres

/// A locked campaign with the rows that must be locked before it, in the order of docs/architecture.md, "The order of locks".
struct CampaignLock {
    let campaign: Campaign
    let grantID: Int64?
    private let tenantID: Int64
    private let openConsents: [Int64]

    /// Locks in one round trip.
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
        // Only a deletion locks consents: those that would reconnect or recreate the campaign.
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

    /// Revokes the open links of a deleted campaign and releases its mailbox, which no other live campaign can use. A
    /// standalone mailbox stays connected.
    func release(at now: Date, in transaction: inout Transaction) {
        if !openConsents.isEmpty {
            transaction.write(ConsentTable.revoke(.locked(openConsents), of: tenantID, at: now))
        }
        for statement in MailboxTable.release(campaign.mailboxID, of: tenantID, at: now) {
            transaction.write(statement)
        }
    }
}
