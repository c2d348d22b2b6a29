import Foundation
import HTTPTypes
import HearthCore
import HearthWeb
import Hummingbird
import Outbound

/// Authenticates and authorises every request to a tenant's pages, and protects its forms against CSRF.
struct ConsoleGate: Sendable {
    let keys: KeyDirectory
    let members: MemberStore
    let sessions: ConsoleSessionStore
    let keyRing: KeyRing
    let now: @Sendable () -> Date
    let origin: ConsoleOrigin
    let isSecure: Bool
    let views: ConsoleViews
    let limiter: RateLimiter<Int64>

    /// Enough for pages that poll and people who click fast; scripts should use the API.
    private static let limits = RequestLimits(perMinute: 300, perSecond: 50)

    typealias Handler = @Sendable (Request, AppContext) async throws -> Response
    typealias PageHandler = @Sendable (ConsoleVisit) async throws -> Response
    typealias FormHandler = @Sendable (ConsoleVisit, ParsedBody) async throws -> Response

    /// A page of a tenant. Without a session the browser is sent to sign in.
    ///
    /// - Parameter scope: the scope that the session must have; nil if none is needed.
    func page(_ scope: Scope?, _ handler: @escaping PageHandler) -> Handler {
        { request, context in
            guard let visit = try await visit(request, context) else { return Self.toSignIn(request) }
            if let scope { try visit.identity.require(scope) }
            return try await handler(visit)
        }
    }

    /// A form of a tenant, sent by a page of ours with the session's token.
    ///
    /// - Parameter scope: the scope that the session must have; nil if none is needed.
    func form(_ scope: Scope?, _ handler: @escaping FormHandler) -> Handler {
        { request, context in
            guard origin.sent(request) else { throw APIError.foreignForm }
            guard let visit = try await visit(request, context) else { return Self.toSignIn(request) }
            let body = try await visit.session.form(request, context)
            if let scope { try visit.identity.require(scope) }
            return try await handler(visit, body)
        }
    }

    // Not inlined into the closures above, see ConsoleSession.form.
    @inline(never)
    func visit(_ request: Request, _ context: AppContext) async throws -> ConsoleVisit? {
        let now = now()
        guard let value = ConsoleCookie.tenant.value(in: request, isSecure: isSecure),
            let session = ConsoleSession(value, keyRing: keyRing), case .tenant(let tenant) = session.realm,
            let open = try await sessions.find(session, of: tenant, at: now)
        else { return nil }
        let identity = open.identity
        context.facts.setCaller("tenant.id", to: identity.tenantID)
        if identity.memberID == nil {
            context.facts.setCaller("key.id", to: identity.keyID)
            keys.uses.note(identity, at: now)
        }
        if case .refused(let pause, _, _) = limiter.admit(identity.keyID, limits: Self.limits) {
            throw APIError.rateLimited(retryAfterSeconds: Int(pause.components.seconds) + 1)
        }
        if open.seenAt <= now.addingTimeInterval(-ConsoleSessionStore.seenPause) {
            await sessions.see(session, of: tenant, at: now, logger: context.logger)
        }
        return ConsoleVisit(
            request: request, requestID: context.requestID, source: context.clientAddress.map(\.description),
            path: context.parameters, session: session, endsAt: open.endsAt, identity: identity, views: views)
    }

    /// Only a page can be returned to after the sign-in, not a form.
    private static func toSignIn(_ request: Request) -> Response {
        let isPage = request.method == .get && request.uri.path != "/console"
        let back = isPage ? "?next=" + QueryText.encode(request.uri.string) : ""
        return .redirect(to: "/console/sign-in\(back)", type: .normal)
    }
}

extension APIError {
    static let foreignForm = APIError(
        .forbidden, code: "FORM_NOT_OURS",
        message:
            "This form was not sent by a page of this console, or your session has ended. Open the console again at its own address and try again."
    )
}
