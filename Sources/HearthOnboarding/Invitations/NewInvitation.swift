import Foundation
package import HearthCore
import HearthRules
import HearthWeb
package import Postgres

/// An invitation before it is stored.
package struct NewInvitation: Sendable {
    package let id: Int64
    /// The link, which is shown only where the partner is to send it.
    package let url: String
    /// Stores the invitation and its place in the queue of messages.
    package let insertion: SQL

    package init(
        _ wanted: InvitationRequest, for identity: Identity, store: InvitationStore, _ dependencies: Dependencies
    ) async throws {
        let now = dependencies.now()
        let link = InvitationLink(
            tenantID: identity.tenantID, id: try await dependencies.ids.next(), number: 1,
            seed: dependencies.randomBytes(LinkSeed.length))
        id = link.id
        url = dependencies.settings.publicURL + link.path
        let queued: Invitation.MailStatus? = wanted.isMailed ? .queued : nil
        insertion = """
            INSERT INTO invitations (tenant_id, invitation_id, app_id, status, level, shared, seed, email, email_key, first_name,
                last_name, owner_email, language, return_url, tags, meta, mail_status, mail_due_at, lifetime, created_at,
                updated_at, expires_at)
            VALUES (\(link.tenantID), \(id), \(identity.application?.id), 'invited', \(wanted.level), \(wanted.includesShared),
                \(try store.seal(link)), \(wanted.email.text), \(wanted.email.key), \(wanted.firstName),
                \(wanted.lastName), \(wanted.ownerEmail), \(wanted.language.rawValue), \(wanted.returnURL), \(wanted.tags),
                \(wanted.meta.map(JSONText.init(text:))), \(queued), \(wanted.isMailed ? now : nil), \(wanted.lifetime),
                \(now), \(now), \(now.addingTimeInterval(TimeInterval(wanted.lifetime))))
            """
    }
}
