import Foundation
import HearthRules
import Hummingbird
import Postgres
import StrictJSON

/// `POST /campaigns/ms-graph`: a link for the owner. No campaign exists until the owner has consented.
struct ConnectRoutes {
    let dependencies: Dependencies

    func create(_ request: Request, context: TenantContext) async throws -> Response {
        guard context.identity.mayUse(.msGraph) else {
            throw APIError(
                .forbidden, code: "MS_GRAPH_FEATURE_DISABLED",
                message:
                    "This account is not allowed to connect mailboxes through Microsoft Graph. Ask the operator of this service to allow it."
            )
        }
        let body = try await RequestBody.read(request, context: context)
        let wanted = try ConsentRequest(
            body, tenant: context.identity, defaultLifetime: dependencies.settings.consentLifetime)
        let link = ConsentLink(
            tenantID: context.tenantID, consentID: try await dependencies.ids.next(),
            seed: dependencies.randomBytes(ConsentLink.seedLength))
        let now = dependencies.now()
        let hasEndpoint = try await store(wanted, link: link, application: context.identity.application?.id, at: now)
        dependencies.reached(.linkCreated)

        let url = AuthorizeURL(
            endpoints: dependencies.settings.microsoft,
            clientID: context.identity.application?.clientID ?? dependencies.settings.microsoft.clientID
        ).text(for: link, level: wanted.level, loginHint: wanted.email.text)
        return Envelope.response(
            code: "CONSENT_URL_CREATED",
            message: "Send the mailbox owner to data.url. The campaign is created when the owner has consented.",
            warnings: hasEndpoint ? [] : ["NO_WEBHOOK_ENDPOINT"]
        ) { json in
            json.object { json in
                json.member("url", url)
                json.member("consent_id", link.consentID)
                json.member("expires_at", RFC3339.format(now.addingTimeInterval(wanted.lifetime)))
            }
        }
    }

    /// Stores the consent; tells whether the tenant has an endpoint that would hear of it.
    private func store(
        _ wanted: ConsentRequest, link: ConsentLink, application: Int64?, at now: Date
    ) async throws -> Bool {
        let tenant = link.tenantID
        let seed = try dependencies.keyRing.seal(
            link.seedBytes, for: .init(tenant: tenant, row: link.consentID, purpose: .consentSeed))
        let settings = wanted.settings
        let rows = try await dependencies.database.write(
            """
            INSERT INTO consents (tenant_id, consent_id, kind, app_id, status, seed, level, return_url, email, email_key,
                first_name, last_name, owner_email, email_per_day, response_rate, with_rampup, rampup_speed, timezone,
                sending_schedule, warmup_audience_type, tags, meta, created_at, updated_at, expires_at)
            VALUES (\(tenant), \(link.consentID), 'connect', \(application), 'open', \(seed), \(wanted.level),
                \(wanted.returnURL), \(wanted.email.text), \(wanted.email.key), \(wanted.firstName), \(wanted.lastName),
                \(wanted.ownerEmail), \(settings.emailPerDay), \(settings.responseRate), \(settings.withRampup),
                \(settings.rampupSpeed), \(settings.timezone), \(settings.sendingSchedule), \(settings.audience),
                \(wanted.tags), \(wanted.meta.map(JSONText.init(text:))), \(now), \(now),
                \(now.addingTimeInterval(wanted.lifetime)))
            RETURNING EXISTS (
                SELECT FROM webhook_endpoints WHERE tenant_id = \(tenant) AND status = 'enabled') AS has_endpoint
            """)
        return try rows.first?["has_endpoint"] ?? false
    }
}
