import Foundation
import HTTPTypes

/// `POST /{tenant}/oauth2/v2.0/token` (contract 2).
extension SimulatorState {
    /// Answers with what is still to be signed, so that signing happens outside the lock.
    mutating func token(_ exchange: Exchange, tenant segment: String) throws(IdentityFailure) -> TokenAnswer {
        guard exchange.method == .post else { throw IdentityFailure(900561, exchange.method.rawValue) }
        let form = exchange.form
        guard let grantType = form["grant_type"] else { throw IdentityFailure(900144, "grant_type") }
        guard ["authorization_code", "refresh_token"].contains(grantType) else {
            throw IdentityFailure(70003, grantType)
        }
        let credentials = ClientCredentials(exchange)
        guard let clientID = credentials.clientID else { throw IdentityFailure(900144, "client_id") }
        let tenant = try tenant(named: segment)
        guard let application = application(clientID) else { throw IdentityFailure(700016, clientID, segment) }
        try credentials.check(against: application)

        let request = TokenRequest(form: form, tenant: tenant, baseURL: exchange.baseURL)
        return grantType == "refresh_token"
            ? try refresh(request, for: application) : try redeem(request, for: application)
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
        let account = try livingAccount(code.account)
        let scopes = try scopes(asked: request, of: code.scopes, account: account, application: application)
        codes[text]?.isRedeemed = true
        let grant = Grant(scopes: code.scopes, nonce: code.nonce, account: account, application: application)
        return answer(request, scopes: scopes, of: grant)
    }

    // MARK: Refresh

    private mutating func refresh(
        _ request: TokenRequest, for application: RegisteredApplication
    ) throws(IdentityFailure) -> TokenAnswer {
        guard let text = request.form["refresh_token"] else { throw IdentityFailure(900144, "refresh_token") }
        guard let token = refreshTokens[text], token.clientID == application.clientID else {
            throw IdentityFailure(70000, "refresh_token")
        }
        let account = try livingAccount(token.account)
        switch request.tenant {
        case .consumers where account.kind == .work, .organizations where account.kind == .personal:
            throw IdentityFailure(700005)
        case .directory(let id) where id != account.id.tenantID:
            throw IdentityFailure(700005)
        default: break
        }
        guard !token.isSpent else { throw IdentityFailure(70008) }
        if let validFrom = account.tokensValidFrom, token.issuedAt <= validFrom {
            if account.kind == .personal { throw IdentityFailure(70000, "refresh_token") }
            throw IdentityFailure(50173, Timestamp.graph(token.issuedAt), Timestamp.graph(validFrom))
        }
        guard now < token.issuedAt.addingTimeInterval(RefreshToken.lifetime) else {
            if account.kind == .personal { throw IdentityFailure(70000, "refresh_token") }
            throw IdentityFailure(700082, Timestamp.graph(token.issuedAt))
        }
        let scopes = try scopes(asked: request, of: token.scopes, account: account, application: application)
        if behaviours.rotation == .strict { refreshTokens[text]?.isSpent = true }
        let grant = Grant(scopes: token.scopes, nonce: nil, account: account, application: application)
        return answer(request, scopes: scopes, of: grant)
    }

    // MARK: Both

    private func livingAccount(_ id: AccountID) throws(IdentityFailure) -> Account {
        guard let account = directory.account(id) else { throw IdentityFailure(50034, id.tenantID) }
        if account.isDisabled { throw IdentityFailure(50057) }
        return account
    }

    /// The scopes of the answer: those asked for now, else those of the grant, all of them still consented to.
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
        let granted = consents.granted(to: application.clientID, by: account.id, at: now)
        guard scopes.permissions.allSatisfy({ granted.contains($0.key) }) else {
            throw account.kind == .personal
                ? .personalConsentMissing : IdentityFailure(65001, application.clientID, application.name)
        }
        return scopes
    }

    /// What a code or a refresh token stands for.
    private struct Grant {
        var scopes: [Scope]
        let nonce: String?
        let account: Account
        let application: RegisteredApplication
    }

    private mutating func answer(_ request: TokenRequest, scopes: [Scope], of grant: Grant) -> TokenAnswer {
        let (account, application) = (grant.account, grant.application)
        let shape = nextTokenShape(for: account)
        var (scopes, grant) = (scopes, grant)
        if behaviours.supersetScopes, account.kind == .work {
            let extra = consents.granted(to: application.clientID, by: account.id, at: now)
                .subtracting(scopes.map(\.key)).sorted()
            scopes += extra.compactMap { key in try? Scope(Scope.graphScopes[key]?.name ?? key) }
        }
        if shape?.has(.missingScopes) == true {
            scopes.removeAll { $0.resource == .graph && $0.name != "User.Read" }
            grant.scopes.removeAll { $0.resource == .graph && $0.name != "User.Read" }
        }
        let lifetime = accessTokenLifetime(for: account)
        let accessToken = issueAccessToken(
            AccessToken(
                clientID: application.clientID,
                account: account.id,
                scopes: Set(scopes.permissions.map(\.key)),
                expiresAt: now.addingTimeInterval(TimeInterval(lifetime))
            )
        )
        var answer = TokenAnswer(scopes: scopes, kind: account.kind, accessToken: accessToken, lifetime: lifetime)
        // Once granted, offline access goes on with every refresh. The token stands for the whole grant, also when
        // this answer is narrower (contract 2.2, 2.5).
        if grant.scopes.contains(identity: "offline_access") {
            let token = RefreshToken(
                clientID: application.clientID, account: account.id, scopes: grant.scopes, issuedAt: now
            )
            answer.refreshToken = issueRefreshToken(token)
        }
        if scopes.contains(identity: "openid") {
            answer.idToken = idToken(
                for: account, clientID: application.clientID, scopes: scopes, nonce: grant.nonce, lifetime: lifetime,
                baseURL: request.baseURL
            )
        }
        if request.form["client_info"] == "1" { answer.clientInfo = account.clientInfo }
        if let shape { answer.distort(by: shape, other: random.guid(), baseURL: request.baseURL) }
        return answer
    }
}

/// A token request whose client has proved itself.
struct TokenRequest: Sendable {
    let form: FormFields
    let tenant: TenantSegment
    let baseURL: String
}

extension IdentityFailure {
    /// The second text of AADSTS70000: a personal account has not, or no longer, agreed (contract 2.4).
    static let personalConsentMissing = IdentityFailure(
        error: "invalid_grant",
        code: 70000,
        text: "The request was denied because one or more scopes requested are unauthorized or expired. The user must "
            + "first sign in and grant the client application access to the requested scope."
    )
}

extension Account {
    /// base64url of `{"uid":...,"utid":...}` (contract 1.3).
    var clientInfo: String {
        Base64URL.encode(JSON.object(["uid": .string(id.objectID), "utid": .string(id.tenantID)]).data)
    }
}
