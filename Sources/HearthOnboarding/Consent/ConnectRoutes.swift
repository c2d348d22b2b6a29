import HearthCore
import HearthRules
import HearthWeb
import Hummingbird
import Postgres

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
