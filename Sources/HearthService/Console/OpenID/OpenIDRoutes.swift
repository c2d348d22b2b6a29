import Foundation
import HTTPTypes
import HearthRules
import Hummingbird
import Logging

/// Signing in through a tenant's own OpenID provider, and coming back from it.
struct OpenIDRoutes: Sendable {
    let dependencies: Dependencies
    let gate: ConsoleGate
    private let failures = FailedAttempts()

    init(dependencies: Dependencies, gate: ConsoleGate) {
        self.dependencies = dependencies
        self.gate = gate
    }

    private var redirectURI: String { dependencies.settings.publicURL + "/console/openid/callback" }

    /// Names the provider and leads there by a link: a form may not be redirected to another site.
    func begin(_ request: Request, context: AppContext) async throws -> Response {
        var fields = try Fields(query: request.uri.query)
        let account = fields.string("account", length: 0...20).flatMap { Int64($0) } ?? 0
        guard let provider = try await provider(of: account) else {
            return try refuse(.notFound, Self.unknownAccount, request, context)
        }
        let attempt = OpenIDAttempt(tenant: account, at: dependencies.now(), randomBytes: dependencies.randomBytes)
        do {
            let url = provider.authorizeURL(try await provider.endpoints(), for: attempt, redirectURI: redirectURI)
            let content: [String: Any] = ["url": url, "host": URLComponents(string: url)?.host ?? ""]
            var response = try gate.views.page(
                .organisation, title: "Sign in", content, for: request)
            response.headers[.setCookie] = ConsoleCookie.openID.header(
                try attempt.seal(by: dependencies.keyRing), isSecure: gate.isSecure)
            return response
        } catch let fault as OpenIDProvider.Fault {
            return try fail(fault, request, context)
        }
    }

    func callback(_ request: Request, context: AppContext) async throws -> Response {
        let now = dependencies.now()
        var fields = try Fields(query: request.uri.query)
        let state = fields.string("state", length: 1...200) ?? ""
        guard let cookie = ConsoleCookie.openID.value(in: request, isSecure: gate.isSecure),
            let attempt = OpenIDAttempt(cookie, keyRing: dependencies.keyRing, at: now),
            isEqualInConstantTime(Array(state.utf8), Array(attempt.state.utf8))
        else { return try refuse(.badRequest, Self.foreignAnswer, request, context) }
        guard let code = fields.string("code", length: 1...4_096), !code.isEmpty,
            let provider = try await provider(of: attempt.tenant)
        else { return try refuse(.forbidden, Self.declined, request, context) }
        let claims: OpenIDClaims
        do {
            claims = try await provider.redeem(code, for: attempt, redirectURI: redirectURI)
        } catch {
            return try fail(error, request, context)
        }
        let pen = dependencies.pen
        let member = try await gate.members.signIn(
            subject: claims.sub, emailKey: claims.address.flatMap(EmailAddress.key(of:)), of: attempt.tenant, at: now
        ) { member in
            try Caller("member:\(member)", of: attempt.tenant, in: context)
                .entry("console.sign-in", "member:\(member)", outcome: nil, pen, at: now)
        }
        guard let member else { return try refuse(.forbidden, Self.unknownPerson, request, context) }
        context.facts.tenantID = attempt.tenant
        return try signedIn(ConsoleSession.Credential.member(tenant: attempt.tenant, member: member), at: now, request)
    }

    /// A page of ours and no redirect: after one that began on the provider's site, a strict cookie would not be sent.
    private func signedIn(
        _ credential: ConsoleSession.Credential, at now: Date, _ request: Request
    ) throws -> Response {
        let session = ConsoleSession(credential, at: now, randomBytes: dependencies.randomBytes)
        var response = try gate.views.page(.signedIn, title: "You are signed in", [:], for: request)
        response.headers[.refresh] = "0; url=/console"
        response.headers[values: .setCookie] = [
            ConsoleCookie.tenant.header(try gate.sessions.seal(session), isSecure: gate.isSecure),
            ConsoleCookie.openID.header(nil, isSecure: gate.isSecure),
        ]
        return response
    }

    private func provider(of tenant: Int64) async throws -> OpenIDProvider? {
        guard tenant > 0, let configuration = try await gate.members.provider(of: tenant) else { return nil }
        return OpenIDProvider(
            engine: dependencies.webhookEngine, allowsPlainHTTP: dependencies.settings.allowsPlainHTTPWebhooks,
            configuration: configuration, tenant: tenant, now: dependencies.now)
    }

    private func fail(_ fault: OpenIDProvider.Fault, _ request: Request, _ context: AppContext) throws -> Response {
        context.logger.warning("A sign-in by OpenID did not succeed", metadata: ["error": "\(fault)"])
        return try refuse(.badGateway, Self.providerFault, request, context)
    }

    private func refuse(
        _ status: HTTPResponse.Status, _ words: String, _ request: Request, _ context: AppContext
    ) throws -> Response {
        try failures.count(context.clientAddress)
        return try gate.views.page(
            .organisation, title: "Sign in", ["problem": words], status: status, for: request)
    }

    private static let unknownAccount =
        "No sign-in through an organisation is set up for this account. Sign in with an API key, or ask the operator of this service."
    private static let foreignAnswer =
        "This answer belongs to no sign-in of this browser, or it took too long. Begin again."
    private static let declined = "Your organisation did not sign you in."
    private static let unknownPerson =
        "You are signed in at your organisation, but nobody has let you into this account. Ask its operator to add you."
    private static let providerFault =
        "Your organisation's sign-in cannot be used now. Try again; if it stays so, tell the operator of this service."
}
