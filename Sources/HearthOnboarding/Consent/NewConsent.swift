package import Foundation
import HearthCampaigns
package import HearthCore
import HearthMailboxes
package import HearthRules
import HearthWeb
package import Postgres
package import StrictJSON

/// A consent before it is stored: its link, and the statement that stores it.
package struct NewConsent: Sendable {
    package let id: Int64
    /// Microsoft's authorize URL, to which the owner is sent.
    package let url: String
    package let expiresAt: Date
    /// Stores the consent and returns `has_endpoint`: whether any endpoint would receive its outcome.
    package let insertion: SQL

    /// - Parameter externalID: the id of an imported campaign in the system it comes from.
    package init(
        _ wanted: ConsentRequest, externalID: String? = nil, for identity: Identity,
        _ dependencies: some LinkDependencies
    ) async throws {
        try await self.init(
            .connect, level: wanted.level, includesShared: wanted.includesShared, loginHint: wanted.email.text,
            lifetime: wanted.lifetime, returnURL: wanted.returnURL,
            content: .init(
                person: """
                    \(wanted.email.text), \(wanted.email.key), \(wanted.firstName), \(wanted.lastName), \(wanted.ownerEmail)
                    """,
                settings: wanted.settings.columnValues,
                labels: "\(wanted.tags), \(wanted.meta.map(JSONText.init(text:)))"),
            for: identity, dependencies
        ) { $0.externalID = "\(externalID)" }
    }

    /// Creates a link with which the owner of a mailbox consents again.
    ///
    /// `insertion` stores nothing and returns no row if the mailbox or the campaign no longer exists.
    package init(
        reconnecting target: Reconnect.Target, level: PermissionLevel, includesShared: Bool, lifetime: TimeInterval,
        returnURL: String?, for identity: Identity, _ dependencies: some LinkDependencies
    ) async throws {
        try await self.init(
            .reconnect, level: level, includesShared: includesShared, loginHint: target.address, lifetime: lifetime,
            returnURL: returnURL, content: Reconnect.Target.content, for: identity, dependencies
        ) { link in
            link.reconnects = "c.campaign_id"
            link.mailbox = "m.mailbox_id"
            link.source = target.source(of: identity.tenantID)
        }
    }

    private init(
        _ kind: Consent.Kind, level: PermissionLevel, includesShared: Bool, loginHint: String, lifetime: TimeInterval,
        returnURL: String?, content: ConsentTable.Content, for identity: Identity,
        _ dependencies: some LinkDependencies,
        adding add: (inout ConsentTable.NewLink) -> Void
    ) async throws {
        let microsoft = dependencies.settings.microsoft
        let now = dependencies.now()
        let link = ConsentLink(
            tenantID: identity.tenantID, consentID: try await dependencies.ids.next(),
            seed: dependencies.randomBytes(LinkSeed.length))
        let seed = try dependencies.keyRing.seal(
            link.seed.bytes, for: .init(tenant: link.tenantID, row: link.consentID, purpose: .consentSeed))
        id = link.consentID
        url = AuthorizeURL(endpoints: microsoft, clientID: identity.application?.clientID ?? microsoft.clientID)
            .text(for: link, level: level, withShared: includesShared, loginHint: loginHint)
        expiresAt = now.addingTimeInterval(lifetime)
        var row = ConsentTable.NewLink(
            tenantID: link.tenantID, id: id, kind: kind, seed: seed, level: level, includesShared: includesShared,
            createdAt: now, application: "\(identity.application?.id)", returnURL: "\(returnURL)",
            expiresAt: "\(expiresAt)", content: content)
        add(&row)
        insertion = ConsentTable.insertion(of: row)
    }

    /// Writes what the partner receives. The link is shown only this once.
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("url", url)
            json.member("consent_id", id)
            json.member("expires_at", RFC3339.format(expiresAt))
        }
    }
}

extension CampaignSettings {
    /// The settings in the order of ``ConsentTable/Content/settings``.
    var columnValues: SQL {
        """
        \(emailPerDay), \(responseRate), \(withRampup), \(rampupSpeed), \(timezone), \(sendingSchedule.preset),
            \(sendingSchedule.ownWindows), \(audience)
        """
    }
}

/// The dependencies needed to create a link.
package protocol LinkDependencies: Sendable {
    var settings: Settings { get }
    var ids: IDSource { get }
    var keyRing: KeyRing { get }
    var randomBytes: @Sendable (Int) -> [UInt8] { get }
    var now: @Sendable () -> Date { get }
}

extension Dependencies: LinkDependencies {}
