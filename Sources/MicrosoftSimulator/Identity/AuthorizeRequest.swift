/// The client and redirect URI of an authorize request, which decide whether Microsoft may redirect at all.
struct AuthorizeClient: Sendable {
    enum ResponseMode: String, Sendable, CaseIterable {
        case query
        case fragment
        case formPost = "form_post"
    }

    let application: RegisteredApplication
    let redirectURI: String
    let responseMode: ResponseMode
    /// Echoed unchanged.
    let state: String?
}

/// The rest of an authorize request, validated.
struct AuthorizeRequest: Sendable {
    enum Prompt: String, Sendable, CaseIterable {
        case login, none, consent
        case selectAccount = "select_account"
    }

    let scopes: [Scope]
    let prompt: Prompt?
    let loginHint: String?
    let nonce: String?
    let challenge: CodeChallenge?
    let wantsClientInfo: Bool

    init(_ fields: FormFields, for application: RegisteredApplication) throws(IdentityFailure) {
        try Self.checkResponse(fields)
        guard let scope = fields["scope"] else { throw IdentityFailure(900144, "scope") }
        scopes = try Scope.list(scope).flatMap { scope in
            scope.name == ".default" && scope.resource == .graph
                ? application.registeredScopes.compactMap { try? Scope(Scope.graphPrefix + $0) } : [scope]
        }
        if let text = fields["prompt"] {
            guard let known = Prompt(rawValue: text) else { throw IdentityFailure(90023, text) }
            prompt = known
        } else {
            prompt = nil
        }
        challenge = try Self.challenge(fields)
        loginHint = fields["login_hint"]
        nonce = fields["nonce"]
        wantsClientInfo = fields["client_info"] == "1"
    }

    private static func checkResponse(_ fields: FormFields) throws(IdentityFailure) {
        guard let responseType = fields["response_type"] else { throw IdentityFailure(900144, "response_type") }
        let words = Set(responseType.split(separator: " ").map(String.init))
        // The registration enables neither implicit tokens nor hybrid responses.
        if words.contains("id_token") { throw IdentityFailure(700054) }
        if words.contains("token") { throw IdentityFailure(700051) }
        guard words == ["code"] else { throw IdentityFailure(70005, responseType) }
        if let mode = fields["response_mode"], AuthorizeClient.ResponseMode(rawValue: mode) == nil {
            throw IdentityFailure(70007, mode)
        }
    }

    /// 43 to 128 characters of the unreserved set (RFC 7636 section 4.2).
    private static func challenge(_ fields: FormFields) throws(IdentityFailure) -> CodeChallenge? {
        let method = fields["code_challenge_method"]
        guard let value = fields["code_challenge"] else {
            if method != nil { throw IdentityFailure(50147) }
            return nil
        }
        guard [nil, "plain", "S256"].contains(method) else { throw IdentityFailure(9002313) }
        guard (43...128).contains(value.utf8.count), method != "S256" || value.utf8.count == 43 else {
            throw IdentityFailure(501491)
        }
        return CodeChallenge(value: value, isPlain: method != "S256")
    }
}
