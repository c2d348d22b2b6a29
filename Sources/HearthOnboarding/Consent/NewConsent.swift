package import Foundation
import HearthCampaigns
package import HearthCore
package import HearthRules
import HearthWeb
package import Postgres
package import StrictJSON

/// A consent before it is stored: its link, and the statement that stores it.
package struct NewConsent: Sendable {
    package let id: Int64
    /// Where the owner is sent: Microsoft's own authorize URL.
    package let url: String
    package let expiresAt: Date
    /// Stores the consent and returns `has_endpoint`: whether anybody would hear of its outcome.
    package let insertion: SQL

    package init(_ wanted: ConsentRequest, for identity: Identity, _ dependencies: some LinkIngredients) async throws {
        let link = try await Self.link(for: identity, dependencies)
        try self.init(
            link, level: wanted.level, withShared: wanted.includesShared, loginHint: wanted.email.text,
            lifetime: wanted.lifetime, for: identity, dependencies
        ) { seed, now, end in
            Self.insertion(
                of: wanted, link: link, seed: seed, application: identity.application?.id, at: now, until: end)
        }
    }

    /// A link by which the owner of a mailbox consents again.
    ///
    /// `insertion` returns no row, and stores nothing, when the mailbox or the campaign is no more.
    package init(
        reconnecting mailbox: Reconnect.Target, level: PermissionLevel, withShared: Bool, lifetime: TimeInterval,
        returnURL: String?, for identity: Identity, _ dependencies: some LinkIngredients
    ) async throws {
        let link = try await Self.link(for: identity, dependencies)
        try self.init(
            link, level: level, withShared: withShared, loginHint: mailbox.address, lifetime: lifetime,
            for: identity, dependencies
        ) { seed, now, end in
            mailbox.insertion(
                of: link, level: level, withShared: withShared, returnURL: returnURL, seed: seed,
                application: identity.application?.id, at: now, until: end)
        }
    }

    private init(
        _ link: ConsentLink, level: PermissionLevel, withShared: Bool, loginHint: String, lifetime: TimeInterval,
        for identity: Identity,
        _ dependencies: some LinkIngredients, insertion: (_ seed: [UInt8], _ now: Date, _ end: Date) -> SQL
    ) throws {
        let microsoft = dependencies.settings.microsoft
        let now = dependencies.now()
        let seed = try dependencies.keyRing.seal(
            link.seed.bytes, for: .init(tenant: link.tenantID, row: link.consentID, purpose: .consentSeed))
        id = link.consentID
        url = AuthorizeURL(endpoints: microsoft, clientID: identity.application?.clientID ?? microsoft.clientID)
            .text(for: link, level: level, withShared: withShared, loginHint: loginHint)
        expiresAt = now.addingTimeInterval(lifetime)
        self.insertion = insertion(seed, now, expiresAt)
    }

    private static func link(for identity: Identity, _ dependencies: some LinkIngredients) async throws -> ConsentLink {
        ConsentLink(
            tenantID: identity.tenantID, consentID: try await dependencies.ids.next(),
            seed: dependencies.randomBytes(LinkSeed.length))
    }

    private static func insertion(
        of wanted: ConsentRequest, link: ConsentLink, seed: [UInt8], application: Int64?, at now: Date, until end: Date
    ) -> SQL {
        let settings = wanted.settings
        return """
            INSERT INTO consents (tenant_id, consent_id, kind, app_id, status, seed, level, shared, return_url, email, email_key,
                first_name, last_name, owner_email, email_per_day, response_rate, with_rampup, rampup_speed, timezone,
                sending_schedule, sending_windows, warmup_audience_type, tags, meta, created_at, updated_at, expires_at)
            VALUES (\(link.tenantID), \(link.consentID), 'connect', \(application), 'open', \(seed), \(wanted.level),
                \(wanted.includesShared), \(wanted.returnURL), \(wanted.email.text), \(wanted.email.key), \(wanted.firstName), \(wanted.lastName),
                \(wanted.ownerEmail), \(settings.emailPerDay), \(settings.responseRate), \(settings.withRampup),
                \(settings.rampupSpeed), \(settings.timezone), \(settings.sendingSchedule.preset), \(settings.sendingSchedule.ownWindows), \(settings.audience),
                \(wanted.tags), \(wanted.meta.map(JSONText.init(text:))), \(now), \(now), \(end))
            RETURNING EXISTS (
                SELECT FROM webhook_endpoints WHERE tenant_id = \(link.tenantID) AND status = 'enabled') AS has_endpoint
            """
    }

    /// What its partner is told, once: the link is never shown again.
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("url", url)
            json.member("consent_id", id)
            json.member("expires_at", RFC3339.format(expiresAt))
        }
    }
}
