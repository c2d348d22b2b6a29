import Foundation
import Hummingbird
import StrictJSON

/// Consents as their partner reads and revokes them.
struct ConsentRoutes {
    let store: ConsentStore
    let now: @Sendable () -> Date

    func get(_ request: Request, context: TenantContext) async throws -> Response {
        let consent = try await find(context)
        let now = now()
        return Envelope.response(code: "CONSENT_FETCHED", message: "Consent fetched") {
            consent.write(to: &$0, at: now)
        }
    }

    func revoke(_ request: Request, context: TenantContext) async throws -> Response {
        let id = try await find(context).id
        let now = now()
        let revoked = try await store.revoke(id, of: context.tenantID, at: now)
        let consent = try await find(context)
        guard revoked else {
            throw APIError(
                .conflict, code: "CONSENT_ENDED",
                message:
                    "This consent is \(consent.status(at: now).rawValue) and cannot be revoked. Delete its campaign to stop the use of the mailbox.",
                details: [("current_status", .string(consent.status(at: now).rawValue))])
        }
        return Envelope.response(code: "CONSENT_REVOKED", message: "The link no longer works") {
            consent.write(to: &$0, at: now)
        }
    }

    private func find(_ context: TenantContext) async throws -> Consent {
        guard let id = context.parameters.get("id").flatMap({ Int64($0) }), id > 0,
            let consent = try await store.find(id, of: context.tenantID)
        else {
            throw APIError(
                .notFound, code: "CONSENT_NOT_FOUND", message: "There is no such consent for this API key.")
        }
        return consent
    }
}
