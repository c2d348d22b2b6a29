import Crypto
import Foundation
import HTTPTypes
import HearthCore
import HearthOperations
import HearthRules
import HearthWeb
import Hummingbird
import Outbound

/// Authenticates requests to the operator's pages. An operator's session grants nothing in a tenant's console, and vice versa.
struct OperatorGate: Sendable {
    /// SHA-256 of `HEARTH_OPERATOR_TOKEN`.
    let tokenDigest: [UInt8]
    let sessions: OperatorSessionStore
    let keyRing: KeyRing
    let now: @Sendable () -> Date
    let origin: ConsoleOrigin
    let isSecure: Bool
    let views: ConsoleViews

    typealias PageHandler = @Sendable (OperatorVisit) async throws -> Response
    typealias Handler = @Sendable (Request, AppContext) async throws -> Response

    static func digest(of token: String) -> [UInt8] { Array(SHA256.hash(data: Data(token.utf8))) }

    func page(_ handler: @escaping PageHandler) -> Handler {
        { request, context in
            guard let visit = try await visit(request, context) else { return Self.toSignIn }
            return try await handler(visit)
        }
    }

    /// A form, sent by a page of ours with the session's token.
    func form(_ handler: @escaping PageHandler) -> Handler {
        { request, context in
            guard origin.sent(request) else { throw APIError.foreignForm }
            guard let visit = try await visit(request, context) else { return Self.toSignIn }
            _ = try await visit.session.form(request, context)
            return try await handler(visit)
        }
    }

    // Not inlined into the closures above, see ConsoleSession.form.
    @inline(never)
    func visit(_ request: Request, _ context: AppContext) async throws -> OperatorVisit? {
        let now = now()
        guard let value = ConsoleCookie.operator.value(in: request, isSecure: isSecure),
            let session = ConsoleSession(value, keyRing: keyRing), case .operator(let digest) = session.realm,
            isEqualInConstantTime(digest, tokenDigest), let seenAt = try await sessions.seen(session, at: now)
        else { return nil }
        if seenAt <= now.addingTimeInterval(-ConsoleSessionStore.seenPause) {
            await sessions.see(session, at: now, logger: context.logger)
        }
        return OperatorVisit(
            request: request, requestID: context.requestID, source: context.clientAddress.map(\.description),
            path: context.parameters, session: session, views: views)
    }

    private static var toSignIn: Response { .redirect(to: "/console/operator/sign-in", type: .normal) }
}

/// One request of the operator.
struct OperatorVisit: Sendable {
    let request: Request
    let requestID: String
    /// The browser's address.
    let source: String?
    let path: Parameters
    let session: ConsoleSession
    let views: ConsoleViews

    /// The caller in a tenant's audit.
    func caller(of tenant: Int64) -> Caller {
        Caller(tenantID: tenant, actor: "operator", requestID: requestID, source: source)
    }

    var id: Int64? { path.get("id").flatMap { Int64($0) } }

    func show(_ view: ConsoleView, title: String, _ content: [String: Any]) throws -> Response {
        var frame = content
        frame["formToken"] = session.formToken
        frame["tenant"] = "Operator"
        return try views.page(view, title: title, frame, for: request)
    }
}
