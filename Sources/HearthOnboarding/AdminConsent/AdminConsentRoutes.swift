import Foundation
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

/// The parsed body of `POST /admin-consents`: the organisation and the permissions to approve.
struct AdminConsentRequest: Sendable {
    let domain: MailDomain
    let email: String?
    let level: PermissionLevel
    let includesShared: Bool
    let lifetime: TimeInterval

    init(_ body: ParsedBody, defaultLifetime: TimeInterval) throws(APIError) {
        var fields = Fields(body)
        let email = Self.read("email", in: &fields) { text throws(EmailAddress.Problem) in try EmailAddress(text) }
        let named = Self.read("domain", in: &fields) { text throws(EmailAddress.Problem) in try MailDomain(text) }
        level = fields.choice("permission_level", or: "permissionLevel") ?? .warmup
        includesShared = fields.boolean("shared_mailboxes", or: "sharedMailboxes") ?? false
        lifetime =
            fields.integer("expires_in", or: "expiresIn", in: Settings.consentLifetimeBounds).map(TimeInterval.init)
            ?? defaultLifetime
        let domain = named ?? email?.domain
        if domain == nil { fields.problem("domain", "is required unless email is given") }
        if domain?.isMicrosoftConsumer == true {
            fields.problem(
                named == nil ? "email" : "domain",
                "must belong to an organisation: personal accounts have no administrator, and their owners decide")
        }
        try fields.validated()
        // Never nil here: `validated` has thrown if it is missing.
        guard let domain else { throw .validation([]) }
        self.domain = domain
        self.email = email?.text
    }

    private static func read<Value>(
        _ name: String, in fields: inout Fields, _ parse: (String) throws(EmailAddress.Problem) -> Value
    ) -> Value? {
        guard let text = fields.string(name, length: 1...1_000) else { return nil }
        do {
            return try parse(text)
        } catch {
            fields.problem(name, error.words)
            return nil
        }
    }
}
