import HearthCore
import HearthRules
import HearthWeb
import Hummingbird
import Postgres
import StrictJSON

/// The routes with which partners create, read and revoke links for administrators.
struct AdminConsentRoutes {
    let dependencies: Dependencies

    private var store: AdminConsentStore {
        AdminConsentStore(database: dependencies.database, keyRing: dependencies.keyRing)
    }

    func create(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse {
        try context.identity.require(.msGraph)
        let body = try await ParsedBody.read(request, context: context)
        let wanted = try AdminConsentRequest(body, defaultLifetime: dependencies.settings.consentLifetime)
        return try await write.once(body) { call in
            let new = try await NewAdminConsent(wanted, for: context.identity, dependencies)
            let answer = Envelope.prepared(
                code: "ADMIN_CONSENT_CREATED",
                message: "Send the organisation's administrator to data.url. The approval connects no mailbox.",
                status: .created
            ) { new.write(to: &$0) }
            return try await dependencies.database.transaction { transaction in
                transaction.write(new.insertion)
                return try call.record(answer, subject: "admin-consent:\(new.id)", in: &transaction)
            }
        }
    }

    func list(_ request: Request, context: TenantContext) async throws -> Response {
        let consents = try await store.list(of: context.tenantID)
        let now = dependencies.now()
        return Envelope.response(code: "ADMIN_CONSENTS_FETCHED", message: "Admin consents fetched") { json in
            json.array { json in
                for consent in consents { consent.write(to: &json, at: now) }
            }
        }
    }

    func get(_ request: Request, context: TenantContext) async throws -> Response {
        let consent = try await find(context)
        let now = dependencies.now()
        return Envelope.response(code: "ADMIN_CONSENT_FETCHED", message: "Admin consent fetched") {
            consent.write(to: &$0, at: now)
        }
    }

    func revoke(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse {
        let id = try await find(context).id
        return try await write.once { call in
            let now = dependencies.now()
            return try await store.revoke(id, of: context.tenantID, at: now) { consent, transaction in
                let answer = Envelope.prepared(code: "ADMIN_CONSENT_REVOKED", message: "The link no longer works") {
                    consent.write(to: &$0, at: now)
                }
                return try call.record(answer, in: &transaction)
            }
        }
    }

    private func find(_ context: TenantContext) async throws -> AdminConsent {
        guard let id = context.parameters.get("id").flatMap({ Int64($0) }), id > 0,
            let consent = try await store.find(id, of: context.tenantID)
        else { throw APIError.adminConsentNotFound }
        return consent
    }
}

extension APIError {
    static let adminConsentNotFound = APIError(
        .notFound, code: "ADMIN_CONSENT_NOT_FOUND", message: "There is no such admin consent for this API key.")

    static func adminConsentEnded(_ status: AdminConsent.Status) -> APIError {
        APIError(
            .conflict, code: "ADMIN_CONSENT_ENDED",
            message:
                "This admin consent is \(status.rawValue) and cannot be revoked. The organisation's administrator can withdraw an approval at Microsoft.",
            details: [("current_status", .string(status.rawValue))])
    }
}
