package import Foundation
package import HearthCampaigns
package import HearthMailboxes
package import HearthRules
package import Postgres

extension Reconnect {
    /// The mailbox that a link is for by which its owner consents again.
    package struct Target: Sendable {
        let mailboxID: Int64
        let address: String
        /// The campaign that asks; nil for whichever uses the mailbox, or none.
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

    /// Without a campaign, what its partner gave with the last consent goes on: names, owner, tags and meta.
    package func insertion(
        of link: ConsentLink, level: PermissionLevel, withShared: Bool, returnURL: String?, seed: [UInt8],
        application: Int64?, at now: Date, until end: Date
    ) -> SQL {
        let standard = CampaignSettings.standard
        return """
            INSERT INTO consents (tenant_id, consent_id, kind, reconnects, mailbox_id, app_id, status, seed, level, shared,
                return_url, email, email_key, first_name, last_name, owner_email, email_per_day, response_rate, with_rampup,
                rampup_speed, timezone, sending_schedule, sending_windows, warmup_audience_type, tags, meta, created_at,
                updated_at, expires_at)
            SELECT m.tenant_id, \(link.consentID), 'reconnect', c.campaign_id, m.mailbox_id, \(application), 'open', \(seed),
                \(level), \(withShared), \(returnURL), coalesce(c.email, m.address), m.address_key,
                coalesce(c.first_name, s.first_name, ''), coalesce(c.last_name, s.last_name, ''),
                CASE WHEN c.campaign_id IS NULL THEN s.owner_email ELSE c.owner_email END,
                coalesce(c.email_per_day, \(standard.emailPerDay)), coalesce(c.response_rate, \(standard.responseRate)),
                coalesce(c.with_rampup, \(standard.withRampup)), coalesce(c.rampup_speed, \(standard.rampupSpeed)),
                coalesce(c.timezone, \(standard.timezone)),
                CASE WHEN c.campaign_id IS NULL THEN \(standard.sendingSchedule.preset) ELSE c.sending_schedule END,
                CASE WHEN c.campaign_id IS NULL THEN \(standard.sendingSchedule.ownWindows) ELSE c.sending_windows END,
                coalesce(c.warmup_audience_type, \(standard.audience)), coalesce(c.tags, s.tags, '{}'),
                CASE WHEN c.campaign_id IS NULL THEN s.meta ELSE c.meta END, \(now), \(now), \(end)
            FROM mailboxes m
            LEFT JOIN campaigns c ON c.tenant_id = m.tenant_id AND c.mailbox_id = m.mailbox_id AND c.status <> 'deleted'
            LEFT JOIN LATERAL (
                SELECT first_name, last_name, owner_email, tags, meta FROM consents
                WHERE tenant_id = m.tenant_id AND email_key = m.address_key AND mailbox_id = m.mailbox_id
                    AND status = 'completed'
                ORDER BY consent_id DESC LIMIT 1) s ON true
            WHERE m.tenant_id = \(link.tenantID) AND m.mailbox_id = \(mailboxID) AND m.deleted_at IS NULL
                AND (\(campaignID)::bigint IS NULL OR c.campaign_id = \(campaignID))
            RETURNING EXISTS (
                SELECT FROM webhook_endpoints WHERE tenant_id = \(link.tenantID) AND status = 'enabled') AS has_endpoint
            """
    }
}
