import Foundation
import HearthCore
import HearthRules
import HearthWeb
import Postgres
import StrictJSON

/// An administrator's link before it is stored.
struct NewAdminConsent: Sendable {
    let id: Int64
    private let url: String
    private let expiresAt: Date
    let insertion: SQL

    init(_ wanted: AdminConsentRequest, for identity: Identity, _ dependencies: Dependencies) async throws {
        let microsoft = dependencies.settings.microsoft
        let now = dependencies.now()
        let link = AdminConsentLink(
            tenantID: identity.tenantID, id: try await dependencies.ids.next(),
            seed: dependencies.randomBytes(LinkSeed.length))
        let seed = try dependencies.keyRing.seal(
            link.seed.bytes, for: .init(tenant: link.tenantID, row: link.id, purpose: .adminConsentSeed))
        id = link.id
        url = link.url(
            endpoints: microsoft, clientID: identity.application?.clientID ?? microsoft.clientID,
            domain: wanted.domain.name, level: wanted.level, withShared: wanted.includesShared)
        expiresAt = now.addingTimeInterval(wanted.lifetime)
        insertion = AdminConsentStore.insertion(
            of: link, wanted, application: identity.application?.id, seed: seed, at: now, until: expiresAt)
    }

    /// Writes what the partner receives. The link is shown only this once.
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("url", url)
            json.member("admin_consent_id", id)
            json.member("expires_at", RFC3339.format(expiresAt))
        }
    }
}
