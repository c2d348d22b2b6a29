/// A granted token request, before its id_token is signed.
struct TokenAnswer: Sendable {
    var scopes: [Scope]
    let kind: AccountKind
    var accessToken: String?
    /// In seconds.
    let lifetime: Int
    var refreshToken: String?
    var idToken: IDToken?
    var clientInfo: String?
    private var garbageIDToken = false

    init(scopes: [Scope], kind: AccountKind, accessToken: String, lifetime: Int) {
        self.scopes = scopes
        self.kind = kind
        self.accessToken = accessToken
        self.lifetime = lifetime
    }

    mutating func distort(by shape: TokenShape, other: String, baseURL: String) {
        idToken?.distort(by: shape, other: other, baseURL: baseURL)
        if shape.has(.missingIDToken) { idToken = nil }
        if shape.has(.missingRefreshToken) { refreshToken = nil }
        if shape.has(.emptyRefreshToken) { refreshToken = "" }
        if shape.has(.blankRefreshToken) { refreshToken = " " }
        if shape.has(.missingAccessToken) { accessToken = nil }
        garbageIDToken = shape.has(.garbageIDToken)
    }

    func reply() throws -> Reply {
        var members: [String: JSON] = [
            "token_type": "Bearer",
            "expires_in": .integer(lifetime),
            "ext_expires_in": .integer(lifetime),
        ]
        // A token of the application itself has no scopes.
        if !scopes.isEmpty { members["scope"] = .string(scopeText) }
        if let accessToken { members["access_token"] = .string(accessToken) }
        if let refreshToken { members["refresh_token"] = .string(refreshToken) }
        if let idToken { members["id_token"] = .string(garbageIDToken ? "not.a.token" : try idToken.encoded()) }
        if let clientInfo { members["client_info"] = .string(clientInfo) }
        return Reply.json(.object(members)).adding("Cache-Control", "no-store").adding("Pragma", "no-cache")
    }

    /// Work accounts get the requested form, personal ones the long form; offline_access is not echoed.
    private var scopeText: String {
        scopes.filter { $0.name != "offline_access" }
            .map { kind == .personal || $0.asked.isEmpty ? $0.longForm : $0.asked }
            .joined(separator: " ")
    }
}
