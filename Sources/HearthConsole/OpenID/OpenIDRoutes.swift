import Foundation
import HTTPTypes
import HearthCore
import HearthOnboarding
import HearthWeb
import Hummingbird
import Logging
import Outbound
import Postgres

/// Sign-in through a tenant's own OpenID provider: the page that leads there, and the callback.
struct OpenIDRoutes: Sendable {
    let dependencies: Dependencies
    let gate: ConsoleGate
    private let calls: OpenIDCalls
    private let directory: OpenIDDirectory
    private let cookies: OpenIDAttemptCookies
    private let failures = FailedAttempts()
    private let visits = OpenIDVisits()

    /// - Parameter engine: for calls to OpenID providers; guarded like the webhooks' engine, but separate from it.
    init(dependencies: Dependencies, engine: OutboundEngine, gate: ConsoleGate) {
        self.dependencies = dependencies
        self.gate = gate
        calls = OpenIDCalls(
            engine: engine, allowsPlainHTTP: dependencies.settings.allowsPlainHTTPWebhooks)
        directory = OpenIDDirectory(calls)
        cookies = OpenIDAttemptCookies(keyRing: dependencies.keyRing, isSecure: gate.isSecure)
    }

    private var redirectURI: String { dependencies.settings.publicURL + "/console/openid/callback" }

    /// Shows a link to the provider, because `form-action` forbids redirecting a form to another site.
    func begin(_ request: Request, context: AppContext) async throws -> Response {
        try visits.admit(context.clientAddress)
        var fields = try Fields(query: request.uri.query)
        let account = fields.string("account", length: 0...20).flatMap { Int64($0) } ?? 0
        guard let provider = try await provider(of: account) else {
            return try refuse(Refusal(.notFound, Self.unknownAccount), request, context)
        }
        let now = gate.now()
        let attempt = OpenIDAttempt(tenant: account, at: now, randomBytes: dependencies.randomBytes)
        try visits.begin(account)
        defer { visits.ended(account) }
        do {
            let url = try await provider.authorizeURL(for: attempt, redirectURI: redirectURI)
            let content: [String: Any] = ["url": url, "host": URLComponents(string: url)?.host ?? ""]
            var response = try gate.views.page(.organisation, title: "Sign in", content, for: request)
            response.headers[values: .setCookie] = try cookies.begin(attempt, in: request, at: now)
            return response
        } catch let fault as OpenIDFault {
            return try fail(fault, of: account, request, context)
        }
    }

    func callback(_ request: Request, context: AppContext) async throws -> Response {
        try visits.admit(context.clientAddress)
        let now = gate.now()
        var fields = try Fields(query: request.uri.query)
        let state = fields.string("state", length: 1...200) ?? ""
        guard let attempt = cookies.attempt(state: state, in: request, at: now) else {
            return try refuse(Refusal(.badRequest, Self.foreignAnswer), request, context)
        }
        guard let code = fields.string("code", length: 1...4_096), !code.isEmpty,
            let provider = try await provider(of: attempt.tenant)
        else { return try refuse(Refusal(.forbidden, Self.declined, of: attempt), request, context) }
        let tenant = attempt.tenant
        let session = ConsoleSession(.tenant(tenant), randomBytes: dependencies.randomBytes)
        try visits.begin(tenant)
        defer { visits.ended(tenant) }
        do {
            let person = try await provider.redeem(code, for: attempt, redirectURI: redirectURI)
            if let refusal = try await admit(person, by: provider, attempt, beginning: session, at: now, context) {
                return try refuse(refusal, request, context)
            }
        } catch let fault as OpenIDFault {
            return try fail(fault, of: tenant, request, context)
        }
        context.facts.setCaller("tenant.id", to: tenant)
        return try signedIn(session, attempt, request)
    }

    /// Signs the person in by the subject or by a verified address. Asks the userinfo endpoint if the id_token has no verified
    /// address.
    ///
    /// - Returns: why the person is refused; nil once signed in.
    private func admit(
        _ person: OpenIDProvider.Person, by provider: OpenIDProvider, _ attempt: OpenIDAttempt,
        beginning session: ConsoleSession, at now: Date, _ context: AppContext
    ) async throws -> Refusal? {
        var address = person.claims.address
        if try await signIn(person, address, attempt, beginning: session, at: now, context) { return nil }
        if address?.isVerified != true {
            address = try await provider.address(of: person) ?? address
            if try await signIn(person, address, attempt, beginning: session, at: now, context) { return nil }
        }
        let words =
            switch address?.isVerified {
            case true?: Self.unknownPerson
            case false?: Self.unverifiedAddress
            case nil: Self.noAddress
            }
        return Refusal(.forbidden, words, of: attempt, subject: person.claims.subject)
    }

    private func signIn(
        _ person: OpenIDProvider.Person, _ address: OpenIDAddress?, _ attempt: OpenIDAttempt,
        beginning session: ConsoleSession, at now: Date, _ context: AppContext
    ) async throws -> Bool {
        let (tenant, recorder) = (attempt.tenant, dependencies.recorder)
        let member = try await gate.members.signIn(
            subject: person.claims.subject, verifiedEmailKey: address?.memberKey, of: tenant, at: now
        ) { member, transaction in
            let caller = Caller("member:\(member)", of: tenant, in: context)
            let statements = ConsoleSessionStore.beginning(
                session, of: tenant, by: .member(member), from: caller.source, at: now)
            for statement in statements { transaction.write(statement) }
            transaction.audit(try caller.entry("console.sign-in", "member:\(member)", outcome: nil, recorder, at: now))
        }
        return member != nil
    }

    /// A page, not a redirect: browsers do not send strict cookies after a redirect that began on another site.
    private func signedIn(
        _ session: ConsoleSession, _ attempt: OpenIDAttempt, _ request: Request
    ) throws -> Response {
        var response = try gate.views.page(.signedIn, title: "You are signed in", [:], for: request)
        response.headers[.refresh] = "0; url=/console"
        response.headers[values: .setCookie] = [
            ConsoleCookie.tenant.header(try session.seal(by: gate.keyRing), isSecure: gate.isSecure),
            cookies.end(attempt),
        ]
        return response
    }

    private func provider(of tenant: Int64) async throws -> OpenIDProvider? {
        guard tenant > 0, let configuration = try await gate.members.provider(of: tenant) else { return nil }
        return OpenIDProvider(
            calls: calls, directory: directory, configuration: configuration, tenant: tenant, now: gate.now)
    }
}

extension OpenIDRoutes {
    /// A page that says why the sign-in failed and what to do.
    private struct Refusal: Sendable {
        let status: HTTPResponse.Status
        let words: String
        /// The account for which the page offers another attempt.
        var account: Int64?
        /// The attempt whose cookie the page clears: the provider's response is used up.
        var attempt: OpenIDAttempt?
        /// The provider's identifier for the person, by which the operator can add them.
        var subject: String?

        init(_ status: HTTPResponse.Status, _ words: String) {
            self.status = status
            self.words = words
        }

        init(_ status: HTTPResponse.Status, _ words: String, of attempt: OpenIDAttempt, subject: String? = nil) {
            self.init(status, words)
            account = attempt.tenant
            self.attempt = attempt
            self.subject = subject
        }
    }

    /// Keeps the attempt: a transient fault may be over when the page is reloaded.
    private func fail(
        _ fault: OpenIDFault, of account: Int64, _ request: Request, _ context: AppContext
    ) throws -> Response {
        context.logger.warning("OpenID sign-in failed", metadata: ["error": "\(fault)"])
        var refusal = Refusal(.badGateway, Self.providerFault)
        refusal.account = account
        return try refuse(refusal, request, context)
    }

    private func refuse(_ refusal: Refusal, _ request: Request, _ context: AppContext) throws -> Response {
        try failures.count(context.clientAddress)
        var content: [String: Any] = ["problem": refusal.words]
        content["account"] = refusal.account
        content["subject"] = refusal.subject
        var response = try gate.views.page(
            .organisation, title: "Sign in", content, status: refusal.status, for: request)
        if let attempt = refusal.attempt { response.headers[.setCookie] = cookies.end(attempt) }
        return response
    }

    private static let unknownAccount =
        "No sign-in through an organisation is set up for this account. Sign in with an API key, or ask the operator of this service."
    private static let foreignAnswer =
        "This response does not belong to a sign-in of this browser, or it took too long. Sign in again."
    private static let declined = "Your organisation did not sign you in."
    private static let unknownPerson =
        "You are signed in at your organisation, but you are not a member of this account. Ask the operator of this service to add you."
    private static let unverifiedAddress =
        "You are signed in at your organisation, but its sign-in does not confirm your e-mail address (email_verified), so we cannot identify you by it. Ask your administrator to have the confirmation sent, or ask the operator of this service to add you by your identifier."
    private static let noAddress =
        "You are signed in at your organisation, but its sign-in does not send your e-mail address, so we cannot identify you by it. Ask your administrator to have the address sent, or ask the operator of this service to add you by your identifier."
    private static let providerFault =
        "Your organisation's sign-in is not working at the moment. Try again; if this keeps happening, tell the operator of this service."
}
