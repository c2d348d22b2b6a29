import Foundation
import HearthCore
import HearthMailboxes
import HearthRules
package import HearthWeb
import Hummingbird
import StrictJSON

/// The routes with which partners read and revoke consents.
struct ConsentRoutes {
    let store: ConsentStore
    let now: @Sendable () -> Date

    func list(_ request: Request, context: TenantContext) async throws -> Response {
        var fields = try Fields(query: request.uri.query)
        let filter = ConsentFilter(&fields)
        let page =
            PageRequest(of: .consents, order: .newestFirst, &fields)
            ?? PageRequest(firstOf: .consents, order: .newestFirst)
        try fields.validated()
        let now = now()
        return try await store.list(filter, page: page, of: context.tenantID, at: now).response(
            to: request, code: "CONSENTS_FETCHED", message: "Consents fetched"
        ) { $0.write(to: &$1, at: now) }
    }

    func get(_ request: Request, context: TenantContext) async throws -> Response {
        let consent = try await find(context)
        let now = now()
        return Envelope.response(code: "CONSENT_FETCHED", message: "Consent fetched") {
            consent.write(to: &$0, at: now)
        }
    }

    func revoke(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse {
        let id = try await find(context).id
        return try await write.once { call in
            let now = now()
            return try await store.revoke(id, of: context.tenantID, at: now) { consent, transaction in
                let answer = Envelope.prepared(code: "CONSENT_REVOKED", message: "The link no longer works") {
                    consent.write(to: &$0, at: now)
                }
                return try call.record(answer, in: &transaction)
            }
        }
    }

    private func find(_ context: TenantContext) async throws -> Consent {
        guard let id = context.parameters.get("id").flatMap({ Int64($0) }), id > 0,
            let consent = try await store.find(id, of: context.tenantID)
        else { throw APIError.consentNotFound }
        return consent
    }
}

extension APIError {
    package static let consentNotFound = APIError(
        .notFound, code: "CONSENT_NOT_FOUND", message: "There is no such consent for this API key.")

    static func consentEnded(_ status: Consent.Status) -> APIError {
        APIError(
            .conflict, code: "CONSENT_ENDED",
            message:
                "This consent is \(status.rawValue) and cannot be revoked. Delete its campaign to stop the use of the mailbox.",
            details: [("current_status", .string(status.rawValue))])
    }
}
