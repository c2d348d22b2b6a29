package import Foundation
package import HearthWeb
import Hummingbird
import Postgres
package import StrictJSON

/// The routes to list, create and revoke a tenant's API keys.
struct KeyRoutes {
    let dependencies: Dependencies

    private var store: KeyStore { KeyStore(database: dependencies.database) }

    func list(_ request: Request, context: TenantContext) async throws -> Response {
        let now = dependencies.now()
        let keys = try await store.list(of: context.tenantID, at: now)
        return Envelope.response(code: "KEYS_FETCHED", message: "API keys fetched") { json in
            json.array { json in
                for key in keys { key.write(to: &json, current: context.identity.keyID, at: now) }
            }
        }
    }

    /// Creates a key. Its text is only shown in this answer.
    func create(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse {
        let body = try await ParsedBody.read(request, context: context)
        let wanted = try KeyRequest(
            body, by: context.identity, keyExpiresAt: context.identity.keyExpiresAt, at: dependencies.now())
        return try await write.once(body) { call in
            let now = dependencies.now()
            let key = APIKey(
                tenantID: context.tenantID, keyID: try await dependencies.ids.next(),
                randomBytes: dependencies.randomBytes)
            let stored = KeyStore.Key(
                id: key.keyID, name: wanted.name, scopes: wanted.scopes.sorted().map(\.rawValue), createdAt: now,
                expiresAt: wanted.expiresAt, revokedAt: nil, lastUsedAt: nil)
            let answer = Envelope.prepared(
                code: "KEY_CREATED", message: "API key created. Keep data.key; it is not shown again.",
                status: .created
            ) { stored.write(to: &$0, current: context.identity.keyID, secret: key, at: now) }
            let insertion = store.insertion(
                of: key, name: wanted.name, scopes: wanted.scopes, expiresAt: wanted.expiresAt, at: now)
            return try await dependencies.database.transaction { transaction in
                try KeyStore.lockForInsertion(of: context.tenantID, at: now, in: &transaction)
                transaction.write(insertion)
                return try call.record(answer, subject: "key:\(key.keyID)", in: &transaction)
            }
        }
    }

    func revoke(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse {
        guard let id = context.parameters.get("id").flatMap({ Int64($0) }), id > 0 else { throw APIError.keyNotFound }
        return try await write.once { call in
            let now = dependencies.now()
            return try await dependencies.database.transaction { transaction in
                guard
                    let key = try KeyStore.revoke(id, of: context.tenantID, at: now, in: &transaction)
                else { throw APIError.keyNotFound }
                let answer = Envelope.prepared(
                    code: "KEY_REVOKED", message: "The API key is refused everywhere within two seconds"
                ) { key.write(to: &$0, current: context.identity.keyID, at: now) }
                return try call.record(answer, in: &transaction)
            }
        }
    }
}

extension KeyStore.Key {
    /// - Parameter secret: the key itself, for the only answer that shows it.
    package func write(to json: inout JSONWriter, current: Int64, secret: APIKey? = nil, at now: Date) {
        json.object { json in
            json.member("id", id)
            json.member("name", name)
            if let secret { json.member("key", secret.text) }
            json.array("scopes") { json in
                for scope in scopes { json.value(scope) }
            }
            json.member("status", revokedAt != nil ? "revoked" : isUsable(at: now) ? "active" : "expired")
            json.member("is_current", id == current)
            json.member("created_at", RFC3339.format(createdAt))
            json.member("expires_at", expiresAt.map(RFC3339.format))
            json.member("revoked_at", revokedAt.map(RFC3339.format))
            json.member("last_used_at", lastUsedAt.map(RFC3339.format))
        }
    }
}

extension APIError {
    static let keyLimitReached = APIError(
        .conflict, code: "KEY_LIMIT_REACHED",
        message: "An account has at most \(KeyStore.limit) API keys that work. Revoke one that is not needed.",
        details: [("limit", .integer(Int64(KeyStore.limit)))])

    package static let keyNotFound = APIError(
        .notFound, code: "KEY_NOT_FOUND", message: "There is no such API key in this account. See GET /api/v1/keys.")
}

/// The body of `POST /keys`.
package struct KeyRequest: Sendable {
    package let name: String
    package let scopes: Set<Scope>
    package let expiresAt: Date?

    /// The allowed values of `expires_in`, up to a year; `expires_at` may be later.
    private static let lifetimeBounds = 60...31_536_000

    package init(_ body: ParsedBody, by identity: Identity, keyExpiresAt: Date?, at now: Date) throws(APIError) {
        var fields = Fields(body)
        let name = fields.string("name", required: true)
        let wanted = fields.list("scopes", count: 1...Scope.allCases.count, length: 1...64)
        let known = wanted?.compactMap(Scope.init) ?? identity.scopes.sorted()
        if let wanted, known.count != wanted.count {
            let names = Scope.allCases.map(\.rawValue).joined(separator: ", ")
            fields.problem("scopes", "must be some of \(names)")
        }
        let lifetime = fields.integer("expires_in", or: "expiresIn", in: Self.lifetimeBounds)
        let end = fields.timestamp("expires_at", or: "expiresAt")
        if lifetime != nil, end != nil { fields.problem("expires_at", "must not be sent with expires_in") }
        if let end, end <= now { fields.problem("expires_at", "must be in the future") }
        try fields.validated()
        guard let name else { throw .validation([FieldProblem(field: "name", message: "is required")]) }
        self.name = name
        scopes = Set(known)
        // A key must not be able to create a key with more scopes or a later end than its own.
        for scope in scopes.sorted() { try identity.require(scope) }
        let asked = end ?? lifetime.map { now.addingTimeInterval(TimeInterval($0)) }
        expiresAt = [asked, keyExpiresAt].compactMap(\.self).min()
    }
}
