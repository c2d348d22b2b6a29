package import HearthCampaigns
package import HearthMailboxes
import HearthRules
import Postgres

extension Reconnect {
    /// The mailbox of a link with which its owner consents again.
    package struct Target: Sendable {
        let mailboxID: Int64
        let address: String
        /// The campaign to reconnect; nil for the one that uses the mailbox, if any.
        let campaignID: Int64?
    }
}

extension Reconnect.Target {
    package init(_ mailbox: Mailbox) {
        self.init(mailboxID: mailbox.id, address: mailbox.address, campaignID: nil)
    }

    package init(_ campaign: Campaign) {
        self.init(mailboxID: campaign.mailboxID, address: campaign.mailboxAddress, campaignID: campaign.id)
    }

    /// The link's content as SQL: the campaign's settings and names. Without a campaign, the names, owner, tags and meta
    /// that the partner gave with the last consent.
    static var content: ConsentTable.Content {
        let standard = CampaignSettings.standard
        return .init(
            person: """
                coalesce(c.email, m.address), m.address_key, coalesce(c.first_name, s.first_name, ''),
                    coalesce(c.last_name, s.last_name, ''),
                    CASE WHEN c.campaign_id IS NULL THEN s.owner_email ELSE c.owner_email END
                """,
            settings: """
                coalesce(c.email_per_day, \(standard.emailPerDay)), coalesce(c.response_rate, \(standard.responseRate)),
                    coalesce(c.with_rampup, \(standard.withRampup)), coalesce(c.rampup_speed, \(standard.rampupSpeed)),
                    coalesce(c.timezone, \(standard.timezone)),
                    CASE WHEN c.campaign_id IS NULL THEN \(standard.sendingSchedule.preset) ELSE c.sending_schedule END,
                    CASE WHEN c.campaign_id IS NULL THEN \(standard.sendingSchedule.ownWindows) ELSE c.sending_windows END,
                    coalesce(c.warmup_audience_type, \(standard.audience))
                """,
            labels: """
                coalesce(c.tags, s.tags, '{}'), CASE WHEN c.campaign_id IS NULL THEN s.meta ELSE c.meta END
                """)
    }

    /// The FROM and WHERE clauses for ``content``.
    func source(of tenant: Int64) -> SQL {
        """
        FROM mailboxes m
        LEFT JOIN campaigns c ON c.tenant_id = m.tenant_id AND c.mailbox_id = m.mailbox_id AND c.status <> 'deleted'
        LEFT JOIN LATERAL (
            SELECT first_name, last_name, owner_email, tags, meta FROM consents
            WHERE tenant_id = m.tenant_id AND email_key = m.address_key AND mailbox_id = m.mailbox_id
                AND status = 'completed'
            ORDER BY consent_id DESC LIMIT 1) s ON true
        WHERE m.tenant_id = \(tenant) AND m.mailbox_id = \(mailboxID) AND m.deleted_at IS NULL
            AND (\(campaignID)::bigint IS NULL OR c.campaign_id = \(campaignID))
        """
    }
}
