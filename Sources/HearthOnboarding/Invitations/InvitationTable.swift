package import Foundation
import HearthCore
import HearthMailboxes
import HearthRules
import HearthWeb
package import Postgres

/// The only writer of `invitations`. The moves between states are those of ``InvitationMove``. The queue of e-mails, which
/// has its own states, is in an extension.
package enum InvitationTable {
    static func insertion(
        of link: InvitationLink, seed: [UInt8], _ wanted: InvitationRequest, application: Int64?, at now: Date
    ) -> SQL {
        let queued: Invitation.MailStatus? = wanted.isMailed ? .queued : nil
        return """
            INSERT INTO invitations (tenant_id, invitation_id, app_id, status, level, shared, seed, email, email_key,
                first_name, last_name, owner_email, language, return_url, tags, meta, mail_status, mail_due_at, lifetime,
                created_at, updated_at, expires_at)
            VALUES (\(link.tenantID), \(link.id), \(application), 'invited', \(wanted.level), \(wanted.includesShared),
                \(seed), \(wanted.email.text), \(wanted.email.key), \(wanted.firstName), \(wanted.lastName),
                \(wanted.ownerEmail), \(wanted.language.rawValue), \(wanted.returnURL), \(wanted.tags),
                \(wanted.meta.map(JSONText.init(text:))), \(queued), \(wanted.isMailed ? now : nil), \(wanted.lifetime),
                \(now), \(now), \(now.addingTimeInterval(TimeInterval(wanted.lifetime))))
            """
    }

    // MARK: Moves

    /// Records that the button was pressed, which created a consent. A later press only changes the consent.
    static func open(_ id: Int64, of tenant: Int64, consent: Int64, at now: Date) -> SQL {
        """
        UPDATE invitations SET consent_id = \(consent), opened_at = coalesce(opened_at, \(now)), updated_at = \(now),
            status = CASE WHEN \(InvitationMove.open.isAllowed()) THEN \(InvitationMove.open.target) ELSE status END
        WHERE tenant_id = \(tenant) AND invitation_id = \(id)
        """
    }

    /// Records an attempt that ended without a completion.
    ///
    /// - Parameter move: nil for a transient fault, which leaves the status as it was.
    static func record(_ outcome: ConsentOutcome, of id: Int64, tenant: Int64, move: InvitationMove?, at now: Date)
        -> SQL
    {
        """
        UPDATE invitations SET status = \(move?.target ?? "status"), outcome_code = \(outcome.code.rawValue),
            updated_at = \(now)
        WHERE tenant_id = \(tenant) AND invitation_id = \(id) AND \((move ?? .fail).isAllowed())
        """
    }

    static func complete(
        _ id: Int64, of tenant: Int64, consent: Int64, mailbox: Int64, campaign: Int64?, at now: Date
    ) -> SQL {
        """
        UPDATE invitations SET status = \(InvitationMove.complete.target), outcome_code = NULL, consent_id = \(consent),
            mailbox_id = \(mailbox), campaign_id = \(campaign), completed_at = \(now), updated_at = \(now),
            mail_status = nullif(mail_status, 'queued'), mail_due_at = NULL
        WHERE tenant_id = \(tenant) AND invitation_id = \(id) AND \(InvitationMove.complete.isAllowed())
        """
    }

    /// - Parameter condition: over `invitations i`; keeps an invitation from expiring.
    static func expire(_ id: Int64, of tenant: Int64, unless condition: SQL, at now: Date) -> SQL {
        """
        UPDATE invitations i SET status = \(InvitationMove.expire.target), updated_at = \(now),
            mail_status = nullif(mail_status, 'queued'), mail_due_at = NULL
        WHERE tenant_id = \(tenant) AND invitation_id = \(id) AND expires_at <= \(now)
            AND \(InvitationMove.expire.isAllowed()) AND NOT \(condition)
        """
    }

    /// - Parameter id: nil for all invitations of a tenant that is deleted.
    package static func revoke(_ id: Int64?, of tenant: Int64, at now: Date) -> SQL {
        let condition: SQL = if let id { "invitation_id = \(id) AND expires_at > \(now)" } else { "true" }
        return """
            UPDATE invitations SET status = \(InvitationMove.revoke.target), mail_due_at = NULL, updated_at = \(now),
                mail_status = nullif(mail_status, 'queued')
            WHERE tenant_id = \(tenant) AND \(InvitationMove.revoke.isAllowed()) AND \(condition)
            """
    }

    /// Creates a new link, and queues a new message if requested.
    static func resend(_ id: Int64, of tenant: Int64, _ wanted: ResendRequest, at now: Date) -> SQL {
        """
        UPDATE invitations SET status = \(InvitationMove.resend.target), outcome_code = NULL, link_no = link_no + 1,
            lifetime = coalesce(\(wanted.lifetime), lifetime),
            expires_at = \(now) + coalesce(\(wanted.lifetime), lifetime) * interval '1 second',
            opened_at = NULL, mail_attempts = 0, mail_error = NULL, mail_lease_no = mail_lease_no + 1,
            mail_status = CASE WHEN \(wanted.isMailed) THEN 'queued' END,
            mail_due_at = CASE WHEN \(wanted.isMailed) THEN \(now)::timestamptz END, updated_at = \(now)
        WHERE tenant_id = \(tenant) AND invitation_id = \(id) AND \(InvitationMove.resend.isAllowed())
        """
    }
}
