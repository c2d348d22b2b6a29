import Foundation
import HearthCampaigns
import HearthCore
import HearthMailboxes
import HearthRules
import Postgres

/// Handles the press of an invitation's button: creates a consent or reuses that of an earlier press, and returns
/// Microsoft's URL for it.
struct OpenInvitation: Sendable {
    let database: Database
    let ids: IDSource
    let keyRing: KeyRing
    let endpoints: MicrosoftEndpoints
    let randomBytes: @Sendable (Int) -> [UInt8]
    let now: @Sendable () -> Date

    init(_ dependencies: Dependencies) {
        database = dependencies.database
        ids = dependencies.ids
        keyRing = dependencies.keyRing
        endpoints = dependencies.settings.microsoft
        randomBytes = dependencies.randomBytes
        now = dependencies.now
    }

    enum Opened: Sendable {
        /// - Parameter isFirst: whether an event was written.
        case on(url: String, isFirst: Bool)
        /// The invitation has ended, or the link is not the newest.
        case ended
    }

    /// - Parameter link: the link that was followed.
    func open(_ id: Int64, link: InvitationLink, by owner: Caller) async throws -> Opened {
        let tenant = link.tenantID
        let fresh = ConsentLink(
            tenantID: tenant, consentID: try await ids.next(), seed: randomBytes(LinkSeed.length))
        let seed = try keyRing.seal(
            fresh.seed.bytes, for: .init(tenant: tenant, row: fresh.consentID, purpose: .consentSeed))
        let now = now()
        let recorder = AuditRecorder(keyRing: keyRing, randomBytes: randomBytes)
        return try await database.transaction { transaction in
            let found = try Found(id, of: tenant, in: &transaction)
            guard let invitation = found.invitation, invitation.status(at: now).isLive,
                invitation.linkNumber == link.number
            else { return .ended }
            // Widening access must not remove what is already granted, so both are requested.
            let level = invitation.level.joined(with: found.grantedLevel)
            let withShared = invitation.includesShared || found.grantIncludesShared
            var target = fresh
            var isNew = true
            if let consent = found.consent, consent.level == level, consent.includesShared == withShared,
                consent.expiresAt > now
            {
                target = try ConsentStore(database: database, keyRing: keyRing).link(of: consent)
                isNew = false
            } else {
                Self.replaceConsent(
                    of: invitation, by: fresh, seed: seed, level: level, withShared: withShared, at: now,
                    in: &transaction)
            }
            let isFirst = invitation.status(at: now) == .invited
            if isFirst {
                Outbox.append(
                    OutboxEvent(.opened, of: invitation, consentID: target.consentID, at: now), tenant: tenant,
                    in: &transaction)
            }
            if isNew {
                try owner.note(
                    "invitation.opened", "invitation:\(id)", outcome: nil, recorder, at: now, in: &transaction)
            }
            let url = AuthorizeURL(
                endpoints: endpoints, clientID: invitation.applicationClientID ?? endpoints.clientID
            ).text(for: target, level: level, withShared: withShared, loginHint: invitation.email)
            return .on(url: url, isFirst: isFirst)
        }
    }

    /// The current rows. Consents are locked before their invitation.
    private struct Found {
        let consent: Consent?
        let invitation: Invitation?
        /// The level of the mailbox's live grant.
        let grantedLevel: PermissionLevel?
        let grantIncludesShared: Bool

        init(_ id: Int64, of tenant: Int64, in transaction: inout Transaction) throws {
            let rows = try transaction.query(all: [
                """
                SELECT \(unescaped: Consent.columns) FROM consents s JOIN tenants t ON t.tenant_id = s.tenant_id
                WHERE s.tenant_id = \(tenant) AND s.invitation_id = \(id) AND s.status IN ('open', 'redeeming')
                ORDER BY s.consent_id FOR UPDATE OF s
                """,
                "\(InvitationStore.select(id, of: tenant)) FOR UPDATE OF i",
                """
                SELECT g.level, g.scopes FROM invitations i
                JOIN mailboxes m ON m.tenant_id = i.tenant_id AND m.address_key = i.email_key
                JOIN grants g ON g.tenant_id = m.tenant_id AND g.grant_id = m.grant_id AND g.state = 'live'
                WHERE i.tenant_id = \(tenant) AND i.invitation_id = \(id)
                LIMIT 1
                """,
            ])
            consent = try rows[0].last.map(Consent.init)
            invitation = try rows[1].first.map(Invitation.init)
            grantedLevel = try rows[2].scalar("level")
            let scopes: [String] = try rows[2].scalar("scopes") ?? []
            grantIncludesShared = GrantedScopes(names: scopes).includeShared
        }
    }

    private static func replaceConsent(
        of invitation: Invitation, by link: ConsentLink, seed: [UInt8], level: PermissionLevel, withShared: Bool,
        at now: Date, in transaction: inout Transaction
    ) {
        var row = ConsentTable.NewLink(
            tenantID: link.tenantID, id: link.consentID, kind: invitation.level == .warmup ? .connect : .mailbox,
            seed: seed, level: level, includesShared: withShared, createdAt: now, application: "i.app_id",
            returnURL: "i.return_url", expiresAt: "i.expires_at",
            content: .init(
                person: "i.email, i.email_key, i.first_name, i.last_name, i.owner_email",
                settings: CampaignSettings.standard.columnValues, labels: "i.tags, i.meta"))
        row.invitation = "i.invitation_id"
        row.source = "FROM invitations i WHERE i.tenant_id = \(link.tenantID) AND i.invitation_id = \(invitation.id)"
        transaction.write(ConsentTable.revoke(.ofInvitation(invitation.id), of: link.tenantID, at: now))
        transaction.write(ConsentTable.insertion(of: row))
        transaction.write(
            InvitationTable.open(invitation.id, of: link.tenantID, consent: link.consentID, at: now))
    }
}
