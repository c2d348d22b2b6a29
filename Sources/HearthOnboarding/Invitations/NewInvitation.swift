import Foundation
package import HearthCore
import HearthRules
import HearthWeb
package import Postgres

/// An invitation before it is stored.
package struct NewInvitation: Sendable {
    package let id: Int64
    /// The link, shown only if the partner is to send it.
    package let url: String
    /// Stores the invitation, and queues its message if we send it.
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
        insertion = InvitationTable.insertion(
            of: link, seed: try store.seal(link), wanted, application: identity.application?.id, at: now)
    }
}
