import Foundation
import HTTPTypes

/// `POST /{tenant}/oauth2/v2.0/token`.
extension SimulatorState {
    /// Returns an unsigned answer, so that signing happens outside the lock.
    mutating func token(_ exchange: Exchange, tenant segment: String) throws(IdentityFailure) -> TokenAnswer {
        guard exchange.method == .post else { throw IdentityFailure(900561, exchange.method.rawValue) }
        let form = exchange.form
        guard let grantType = form["grant_type"] else { throw IdentityFailure(900144, "grant_type") }
        guard ["authorization_code", "refresh_token", "client_credentials"].contains(grantType) else {
            throw IdentityFailure(70003, grantType)
        }
        let credentials = ClientCredentials(exchange)
        guard let clientID = credentials.clientID else { throw IdentityFailure(900144, "client_id") }
        let tenant = try tenant(named: segment)
        guard let application = application(clientID) else { throw IdentityFailure(700016, clientID, segment) }
        try checkApplication(application, tenant: segment)
        try credentials.check(against: application, at: now)

        let request = TokenRequest(form: form, tenant: tenant, baseURL: exchange.baseURL)
        return switch grantType {
        case "refresh_token": try refresh(request, for: application)
        case "client_credentials": try issueToItself(request)
        default: try redeem(request, for: application)
        }
    }

    // MARK: The application itself

    /// A token without a user ("OAuth 2.0 client credentials flow"). No application here has permissions of its own, so Graph
    /// refuses it.
    private mutating func issueToItself(_ request: TokenRequest) throws(IdentityFailure) -> TokenAnswer {
        guard let scope = request.form["scope"] else { throw IdentityFailure(900144, "scope") }
        guard scope.hasSuffix("/.default") else { throw IdentityFailure(1_002_012, scope) }
        guard case .directory = request.tenant else { throw IdentityFailure(50059) }
        return TokenAnswer(scopes: [], kind: .work, accessToken: random.guid(), lifetime: 3_599)
    }

    // MARK: Code

    private mutating func redeem(
        _ request: TokenRequest, for application: RegisteredApplication
    ) throws(IdentityFailure) -> TokenAnswer {
        guard let text = request.form["code"] else { throw IdentityFailure(900144, "code") }
        guard let redirectURI = request.form["redirect_uri"] else { throw IdentityFailure(900144, "redirect_uri") }
        guard let code = codes[text], code.clientID == application.clientID else {
            throw IdentityFailure(70000, "code")
        }
        guard !code.isRedeemed else { throw IdentityFailure(54005) }
        guard now < code.issuedAt.addingTimeInterval(AuthorizationCode.lifetime) else { throw IdentityFailure(70008) }
        guard code.tenant == request.tenant else { throw IdentityFailure(700005) }
        guard code.redirectURI == redirectURI else { throw IdentityFailure(500112, redirectURI, code.redirectURI) }
        if let challenge = code.challenge {
            guard let verifier = request.form["code_verifier"], challenge.matches(verifier: verifier) else {
                throw IdentityFailure(501481)
            }
        }
        guard let account = directory.account(code.account) else { throw IdentityFailure(50034, code.account.tenantID) }
        try checkSignIn(account, application: application)
        let scopes = try scopes(asked: request, of: code.scopes, account: account, application: application)
        codes[text]?.isRedeemed = true
        let shape = nextTokenShape(for: account)
        let granted = shape?.has(.missingScopes) == true ? Self.withoutPermissions(code.scopes) : code.scopes
        let grant = book.start(
            Grant(clientID: application.clientID, account: account.id, scopes: granted, startedAt: now)
        )
        let first = RefreshToken(grant: grant, number: 0, issuedAt: now)
        let source = TokenSource(
            token: first, nonce: code.nonce, account: account, application: application, shape: shape
        )
        return answer(request, scopes: scopes, from: source)
    }

    // MARK: Refresh

    private mutating func refresh(
        _ request: TokenRequest, for application: RegisteredApplication
    ) throws(IdentityFailure) -> TokenAnswer {
        guard let text = request.form["refresh_token"] else { throw IdentityFailure(900144, "refresh_token") }
        guard let token = book.refreshToken(presented: text, directory: directory),
            book.grants[token.grant].clientID == application.clientID
        else { throw IdentityFailure(70000, "refresh_token") }
        let grant = book.grants[token.grant]
        guard let account = directory.account(grant.account) else {
            throw IdentityFailure(50034, grant.account.tenantID)
        }
        switch request.tenant {
        case .consumers where account.kind == .work, .organizations where account.kind == .personal:
            throw IdentityFailure(700005)
        case .directory(let id) where id != account.id.tenantID:
            throw IdentityFailure(700005)
        default: break
        }
        try checkConditions(of: token.grant, account: account, application: application)
        try checkLife(of: token, account: account)
        let scopes = try scopes(asked: request, of: grant.scopes, account: account, application: application)
        book.use(token)
        let next = book.rotate(token.grant, at: now)
        let shape = nextTokenShape(for: account)
        let source = TokenSource(token: next, nonce: nil, account: account, application: application, shape: shape)
        return answer(request, scopes: scopes, from: source)
    }

    /// Throws if the token was rotated away and rotation is strict, or if it was unused for too long.
    private func checkLife(of token: RefreshToken, account: Account) throws(IdentityFailure) {
        let isPersonal = account.kind == .personal
        if rotation(in: account.id.tenantID) == .strict, book.isRotatedAway(token) {
            throw isPersonal ? IdentityFailure(70000, "refresh_token") : IdentityFailure(70008)
        }
        let days = refreshTokenDays(in: account.id.tenantID)
        guard now < token.issuedAt.addingTimeInterval(TimeInterval(days) * 86_400) else {
            throw isPersonal
                ? IdentityFailure(70000, "refresh_token")
                : IdentityFailure(700082, Timestamp.graph(token.issuedAt), String(days))
        }
    }

    // MARK: Both

    /// The scopes of the answer: those requested now, otherwise those of the grant; all must still be consented to.
    private func scopes(
        asked request: TokenRequest, of grant: [Scope], account: Account, application: RegisteredApplication
    ) throws(IdentityFailure) -> [Scope] {
        var scopes = grant
        if let text = request.form["scope"] {
            scopes = try Scope.list(text)
            let resources = Set(scopes.map(\.resource)).subtracting([.identity])
            if resources.count > 1 { throw IdentityFailure(28002, text) }
            scopes = scopes.flatMap { $0.name == ".default" ? grant.permissions : [$0] }
        }
        let granted = consented(to: application.clientID, by: account.id)
        guard scopes.permissions.allSatisfy({ granted.contains($0.key) }) else {
            throw account.kind == .personal
                ? .personalConsentMissing : IdentityFailure(65001, application.clientID, application.name)
        }
        return scopes
    }

    /// The parts of an answer.
    private struct TokenSource {
        /// The refresh token in the answer.
        let token: RefreshToken
        let nonce: String?
        let account: Account
        let application: RegisteredApplication
        let shape: TokenShape?
    }

    /// Removes every permission but User.Read (the shape `missing_scopes`).
    private static func withoutPermissions(_ scopes: [Scope]) -> [Scope] {
        scopes.filter { $0.resource != .graph || $0.name == "User.Read" }
    }

    private mutating func answer(
        _ request: TokenRequest, scopes: [Scope], from source: TokenSource
    ) -> TokenAnswer {
        let (account, application) = (source.account, source.application)
        let grant = book.grants[source.token.grant]
        var scopes = scopes
        if behaviours.supersetScopes, account.kind == .work {
            let extra = consented(to: application.clientID, by: account.id).subtracting(scopes.map(\.key)).sorted()
            scopes += extra.compactMap { key in try? Scope(Scope.graphScopes[key]?.name ?? key) }
        }
        if source.shape?.has(.missingScopes) == true { scopes = Self.withoutPermissions(scopes) }
        let lifetime = accessTokenLifetime(for: account)
        let access = AccessToken(
            clientID: application.clientID,
            account: account.id,
            scopes: Set(scopes.permissions.map(\.key)),
            expiresAt: now.addingTimeInterval(TimeInterval(lifetime))
        )
        let accessToken = book.accessToken(access, grant: source.token.grant, key: keys.newest.id)
        var answer = TokenAnswer(scopes: scopes, kind: account.kind, accessToken: accessToken, lifetime: lifetime)
        // Once granted, offline access continues with every refresh. The refresh token stands for the whole grant, even
        // if this answer is narrower.
        if grant.scopes.contains(identity: "offline_access") {
            answer.refreshToken = book.refreshToken(source.token)
        }
        if scopes.contains(identity: "openid"), source.token.number == 0 || behaviours.idTokenOnRefresh {
            answer.idToken = idToken(
                for: account, clientID: application.clientID, scopes: scopes, nonce: source.nonce, lifetime: lifetime,
                baseURL: request.baseURL
            )
        }
        if request.form["client_info"] == "1" { answer.clientInfo = account.clientInfo }
        if let shape = source.shape { answer.distort(by: shape, other: random.guid(), baseURL: request.baseURL) }
        return answer
    }
}

/// A token request from an authenticated client.
struct TokenRequest: Sendable {
    let form: FormFields
    let tenant: TenantSegment
    let baseURL: String
}

extension IdentityFailure {
    /// The second text of AADSTS70000: a personal account has not consented, or no longer does.
    static let personalConsentMissing = IdentityFailure(
        error: "invalid_grant",
        code: 70000,
        text: "The request was denied because one or more scopes requested are unauthorized or expired. The user must "
            + "first sign in and grant the client application access to the requested scope."
    )
}

extension Account {
    /// base64url of `{"uid":...,"utid":...}`.
    var clientInfo: String {
        Base64URL.encode(JSON.object(["uid": .string(id.objectID), "utid": .string(id.tenantID)]).data)
    }
}
