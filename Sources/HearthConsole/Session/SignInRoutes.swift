import Foundation
import HTTPTypes
import HearthCore
import HearthRules
import HearthWeb
import Hummingbird
import Postgres
import StrictJSON

/// Signs in with an API key, and out in this browser or everywhere.
struct SignInRoutes: Sendable {
    let gate: ConsoleGate
    let failures: FailedAttempts
    let dependencies: Dependencies

    func form(_ request: Request, context: AppContext) async throws -> Response {
        if let visit = try await gate.visit(request, context) {
            return .redirect(to: ConsoleNavigation.home(of: visit.identity), type: .normal)
        }
        return try show(next: try Self.next(Fields(query: request.uri.query)), for: request)
    }

    func signIn(_ request: Request, context: AppContext) async throws -> Response {
        // Without a session there is no form token yet; the origin is enough.
        guard gate.origin.sent(request) else { throw APIError.foreignForm }
        let body = try await ParsedBody.read(request, context: context)
        let next = Self.next(Fields(body))
        let key = body.object["key"]?.asString?.trimmingWhitespace() ?? ""
        let found: Identity?
        do {
            found = try await gate.keys.identity(forKey: key, from: context.clientAddress, failures)
            if found == nil { try failures.count(context.clientAddress) }
        } catch let refusal as APIError where refusal.status == .tooManyRequests {
            return try show(.tooManyRequests, problem: Self.throttled, next: next, for: request)
        }
        guard let identity = found else {
            return try show(.unauthorized, problem: Self.unknownKey, next: next, for: request)
        }
        guard !identity.isSuspended else {
            return try show(.forbidden, problem: Self.suspended, next: next, for: request)
        }
        context.facts.setCaller("tenant.id", to: identity.tenantID)
        context.facts.setCaller("key.id", to: identity.keyID)
        let (tenant, now) = (identity.tenantID, gate.now())
        let session = ConsoleSession(.tenant(tenant), randomBytes: dependencies.randomBytes)
        let caller = Caller(identity.actor, of: tenant, in: context)
        let statements = ConsoleSessionStore.beginning(
            session, of: tenant, by: .init(of: identity), from: caller.source, at: now)
        let entry = try entry("console.sign-in", by: caller, of: identity, at: now)
        try await dependencies.database.transaction { transaction in
            for statement in statements { transaction.write(statement) }
            transaction.audit(entry)
        }
        var response = Response.redirect(to: next ?? ConsoleNavigation.home(of: identity), type: .normal)
        response.headers[.setCookie] = ConsoleCookie.tenant.header(
            try session.seal(by: gate.keyRing), isSecure: gate.isSecure)
        return response
    }

    func signOut(_ request: Request, context: AppContext) async throws -> Response {
        guard gate.origin.sent(request) else { throw APIError.foreignForm }
        if let visit = try await gate.visit(request, context) {
            _ = try await visit.session.form(request, context)
            let entry = try entry("console.sign-out", by: visit.caller, of: visit.identity, at: gate.now())
            try await gate.sessions.end(visit.session, of: visit.tenantID, noting: entry)
        }
        return signedOut
    }

    /// Ends all sessions of this session's key or member.
    func signOutEverywhere(_ visit: ConsoleVisit, _ body: ParsedBody) async throws -> Response {
        let entry = try entry("console.sign-out-everywhere", by: visit.caller, of: visit.identity, at: gate.now())
        try await gate.sessions.endAll(of: .init(of: visit.identity), tenant: visit.tenantID, noting: entry)
        return signedOut
    }

    private var signedOut: Response {
        var response = Response.redirect(to: "/console/sign-in", type: .normal)
        response.headers[.setCookie] = ConsoleCookie.tenant.header(nil, isSecure: gate.isSecure)
        return response
    }

    private func entry(
        _ action: String, by caller: Caller, of identity: Identity, at now: Date
    ) throws -> AuditInsertion {
        try caller.entry(
            action, identity.memberID.map { "member:\($0)" } ?? "key:\(identity.keyID)", outcome: nil,
            dependencies.recorder, at: now)
    }

    private static let unknownKey = "This API key is not known, or it has been revoked or has expired."
    private static let suspended = "This account is suspended. Ask the operator of this service to resume it."
    private static let throttled = "Too many failed sign-ins from your address. Wait a minute and try again."

    private static func next(_ fields: Fields) -> String? {
        var fields = fields
        return fields.string("next", length: 0...1_000).flatMap { QueryText.isOfConsole($0) ? $0 : nil }
    }

    private func show(
        _ status: HTTPResponse.Status = .ok, problem: String? = nil, next: String?, for request: Request
    ) throws -> Response {
        var content: [String: Any] = ["next": next ?? "", "standalone": true]
        content["problem"] = problem
        return try gate.views.page(.signIn, title: "Sign in", content, status: status, for: request)
    }
}
