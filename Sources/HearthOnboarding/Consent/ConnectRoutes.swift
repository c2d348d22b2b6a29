import HearthCore
import HearthRules
import HearthWeb
import Hummingbird
import Postgres

/// `POST /campaigns/ms-graph`: a link for the owner. No campaign exists until the owner has consented.
struct ConnectRoutes {
    let dependencies: Dependencies
    let idempotency: Idempotency

    func create(_ request: Request, context: TenantContext) async throws -> Response {
        try context.identity.require(.msGraph)
        let body = try await ParsedBody.read(request, context: context)
        let wanted = try ConsentRequest(
            body, tenant: context.identity, defaultLifetime: dependencies.settings.consentLifetime)
        return try await idempotency.run(request, context, body: body) { call in
            let consent = try await NewConsent(wanted, for: context.identity, dependencies)
            let answer = try await store(consent, call: call)
            dependencies.reached(.linkCreated)
            return answer
        }
    }

    private func store(_ consent: NewConsent, call: IdempotentCall) async throws -> PreparedAnswer {
        guard call.keepsAnswer else {
            // One statement, so that it may share a pipeline with others.
            return try Self.answer(
                consent,
                stored: try await dependencies.database.write(
                    call.audited(consent.insertion, subject: "consent:\(consent.id)")))
        }
        return try await dependencies.database.transaction { transaction in
            let answer = try Self.answer(consent, stored: try transaction.query(consent.insertion))
            try call.record(answer, subject: "consent:\(consent.id)", in: &transaction)
            return answer
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
