import Foundation
import HearthRules
import Postgres
import StrictJSON

/// A consent before it is stored: its link, and the statement that stores it.
struct NewConsent: Sendable {
    let id: Int64
    /// Where the owner is sent: Microsoft's own authorize URL.
    let url: String
    let expiresAt: Date
    /// Stores the consent and returns `has_endpoint`: whether anybody would hear of its outcome.
    let insertion: SQL

    init(_ wanted: ConsentRequest, for identity: Identity, _ dependencies: Dependencies) async throws {
        let microsoft = dependencies.settings.microsoft
        let now = dependencies.now()
        let link = ConsentLink(
            tenantID: identity.tenantID, consentID: try await dependencies.ids.next(),
            seed: dependencies.randomBytes(ConsentLink.seedLength))
        let seed = try dependencies.keyRing.seal(
            link.seedBytes, for: .init(tenant: link.tenantID, row: link.consentID, purpose: .consentSeed))
        id = link.consentID
        url = AuthorizeURL(endpoints: microsoft, clientID: identity.application?.clientID ?? microsoft.clientID)
            .text(for: link, level: wanted.level, loginHint: wanted.email.text)
        expiresAt = now.addingTimeInterval(wanted.lifetime)
        insertion = Self.insertion(
            of: wanted, link: link, seed: seed, application: identity.application?.id, at: now, until: expiresAt)
    }

    private static func insertion(
        of wanted: ConsentRequest, link: ConsentLink, seed: [UInt8], application: Int64?, at now: Date, until end: Date
    ) -> SQL {
        let settings = wanted.settings
        return """
            INSERT INTO consents (tenant_id, consent_id, kind, app_id, status, seed, level, return_url, email, email_key,
                first_name, last_name, owner_email, email_per_day, response_rate, with_rampup, rampup_speed, timezone,
                sending_schedule, warmup_audience_type, tags, meta, created_at, updated_at, expires_at)
            VALUES (\(link.tenantID), \(link.consentID), 'connect', \(application), 'open', \(seed), \(wanted.level),
                \(wanted.returnURL), \(wanted.email.text), \(wanted.email.key), \(wanted.firstName), \(wanted.lastName),
                \(wanted.ownerEmail), \(settings.emailPerDay), \(settings.responseRate), \(settings.withRampup),
                \(settings.rampupSpeed), \(settings.timezone), \(settings.sendingSchedule), \(settings.audience),
                \(wanted.tags), \(wanted.meta.map(JSONText.init(text:))), \(now), \(now), \(end))
            RETURNING EXISTS (
                SELECT FROM webhook_endpoints WHERE tenant_id = \(link.tenantID) AND status = 'enabled') AS has_endpoint
            """
    }

    /// What its partner is told, once: the link is never shown again.
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("url", url)
            json.member("consent_id", id)
            json.member("expires_at", RFC3339.format(expiresAt))
        }
    }
}
