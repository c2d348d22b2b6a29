import Foundation
import HearthCore
import HearthMailboxes
import HearthRules
package import Postgres

/// The only writer of `campaigns`. Transitions follow ``CampaignMachine``, and the database refuses every other. The outbox
/// writes a transition's history row together with its event.
package enum CampaignTable {
    /// Stores a pending campaign from its consent's columns, so the partner's values arrive unchanged.
    static func insertion(
        of id: Int64, mailbox: Int64, from consent: Consent, address: String, smtpType: String, stallsAt: Date,
        at now: Date
    ) -> SQL {
        """
        INSERT INTO campaigns (tenant_id, campaign_id, mailbox_id, consent_id, status, version, event_sequence, email,
            email_key, mailbox_address, first_name, last_name, owner_email, smtp_type, email_per_day, response_rate,
            with_rampup, rampup_speed, timezone, sending_schedule, sending_windows, warmup_audience_type, tags, meta,
            external_id, created_at, updated_at, stalls_at)
        SELECT s.tenant_id, \(id), \(mailbox), s.consent_id, 'pending', 1, 1, s.email, s.email_key, \(address),
            s.first_name, s.last_name, s.owner_email, \(smtpType), s.email_per_day, s.response_rate, s.with_rampup,
            s.rampup_speed, s.timezone, s.sending_schedule, s.sending_windows, s.warmup_audience_type, s.tags, s.meta,
            s.external_id, \(now), \(now), \(stallsAt)
        FROM consents s WHERE s.tenant_id = \(consent.tenantID) AND s.consent_id = \(consent.id)
        """
    }

    /// - Parameters:
    ///   - campaign: the campaign after the transition.
    ///   - stallsAt: when its stall is announced unless it is started; nil if it is not pending.
    ///   - keepsStall: whether that time stays unchanged.
    static func move(to campaign: Campaign, of tenant: Int64, stallsAt: Date?, keepsStall: Bool) -> SQL {
        """
        UPDATE campaigns SET status = \(campaign.status), version = \(campaign.version),
            event_sequence = \(campaign.eventSequence), connection_problem = \(campaign.connectionProblem),
            mailbox_address = \(campaign.mailboxAddress), consent_id = \(campaign.consentID),
            updated_at = \(campaign.updatedAt),
            deleted_at = \(campaign.status == .deleted ? campaign.updatedAt : nil),
            stalls_at = CASE WHEN \(keepsStall) THEN stalls_at ELSE \(stallsAt) END
        WHERE tenant_id = \(tenant) AND campaign_id = \(campaign.id)
        """
    }

    /// Stores everything that a partner may set. Status and version do not change.
    static func change(to campaign: Campaign, of tenant: Int64) -> SQL {
        let settings = campaign.settings
        return """
            UPDATE campaigns SET settings_version = \(campaign.settingsVersion),
                event_sequence = \(campaign.eventSequence), first_name = \(campaign.firstName),
                last_name = \(campaign.lastName), owner_email = \(campaign.ownerEmail),
                email_per_day = \(settings.emailPerDay), response_rate = \(settings.responseRate),
                with_rampup = \(settings.withRampup), rampup_speed = \(settings.rampupSpeed),
                timezone = \(settings.timezone), sending_schedule = \(settings.sendingSchedule.preset),
                sending_windows = \(settings.sendingSchedule.ownWindows), warmup_audience_type = \(settings.audience),
                tags = \(campaign.tags), meta = \(campaign.meta.map(JSONText.init(text:))), updated_at = \(campaign.updatedAt)
            WHERE tenant_id = \(tenant) AND campaign_id = \(campaign.id)
            """
    }

    /// Records that its stall was announced, by the event with this sequence number.
    static func recordStall(of id: Int64, tenant: Int64, sequence: Int) -> SQL {
        """
        UPDATE campaigns SET stalls_at = NULL, event_sequence = \(sequence)
        WHERE tenant_id = \(tenant) AND campaign_id = \(id)
        """
    }

    /// - Parameter problem: the problem of the mailbox's connection; nil if it works.
    static func record(_ problem: ConnectionProblem?, of id: Int64, tenant: Int64, at now: Date) -> SQL {
        """
        UPDATE campaigns SET connection_problem = \(problem?.rawValue), updated_at = \(now)
        WHERE tenant_id = \(tenant) AND campaign_id = \(id)
        """
    }

    /// Sets the id that an imported campaign has in its source system, unless it already has one.
    package static func setExternalID(_ externalID: String, of id: Int64, tenant: Int64) -> SQL {
        """
        UPDATE campaigns SET external_id = \(externalID)
        WHERE tenant_id = \(tenant) AND campaign_id = \(id) AND external_id IS NULL
        """
    }
}
