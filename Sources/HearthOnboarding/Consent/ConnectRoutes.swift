import HTTPTypes
import HearthCore
import HearthRules
import HearthWeb
import Hummingbird
import Postgres
import StrictJSON

/// `POST /campaigns/ms-graph`: creates a link for the owner. No campaign exists until the owner has consented.
struct ConnectRoutes {
    let dependencies: Dependencies

    func create(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse {
        try context.identity.require(.msGraph)
        let body = try await ParsedBody.read(request, context: context)
        let wanted = try ConsentRequest(
            body, tenant: context.identity, defaultLifetime: dependencies.settings.consentLifetime)
        return try await write.once(body) { call in
            let consent = try await NewConsent(wanted, for: context.identity, dependencies)
            let recorded = try await call.run(
                consent.insertion, on: dependencies.database, subject: "consent:\(consent.id)"
            ) { try Self.answer(consent, stored: $0) }
            dependencies.reached(.linkCreated)
            return recorded
        }
    }

    private static func answer(_ consent: NewConsent, stored rows: Rows) throws -> PreparedAnswer {
        let hasEndpoint: Bool = try rows.scalar("has_endpoint") ?? false
        return Envelope.prepared(
            code: "CONSENT_URL_CREATED",
            message: "Send the mailbox owner to data.url. The campaign is created when the owner has consented.",
            warnings: hasEndpoint ? [] : ["NO_WEBHOOK_ENDPOINT"]
        ) { consent.write(to: &$0) }
    }
}

/// Ways of connecting that are in Mailivery's API and that Hearth does not support: passwords, and other providers.
enum UnsupportedProvider: String, CaseIterable {
    case googleOAuth = "google-oauth"
    case gmail
    case smtp
    case sendgrid

    /// Answers without reading the body, which may contain a password.
    func refuse(
        _ request: Request, context: TenantContext, write: PartnerWrite
    ) async throws -> RecordedResponse {
        throw APIError(
            .notImplemented, code: "PROVIDER_NOT_SUPPORTED",
            message:
                "Hearth connects Microsoft mailboxes only, with their owners' consent and without passwords. Use POST /api/v1/campaigns/ms-graph.",
            details: [
                ("provider", .string(rawValue)), ("supported", .array(["ms-graph", "microsoft"].map { .string($0) })),
            ])
    }
}
