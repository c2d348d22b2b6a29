import HearthCore
import HearthRules
import HearthWeb

/// The secrets of an administrator's link. They are derived differently from those of an owner's link and looked up in
/// another table, so neither is ever accepted as the other.
struct AdminConsentLink: Sendable {
    let tenantID: Int64
    let id: Int64
    let seed: LinkSeed

    init(tenantID: Int64, id: Int64, seed: [UInt8]) {
        self.tenantID = tenantID
        self.id = id
        self.seed = LinkSeed(seed)
    }

    var state: String { token("state").text }

    /// The token in the path of the result page, whose URL contains nothing that could be used again.
    var resultToken: String { token("result").text }

    func isState(_ token: LinkToken) -> Bool { isEqualInConstantTime(token.secret, derive("state")) }
    func isResult(_ token: LinkToken) -> Bool { isEqualInConstantTime(token.secret, derive("result")) }

    /// Returns the URL of Microsoft's page for the administrator.
    ///
    /// Graph scopes are full URLs; OpenID Connect scopes have no such form. They are listed because `.default` would
    /// request everything that the application is registered for.
    func url(endpoints: MicrosoftEndpoints, clientID: String, domain: String, level: PermissionLevel, withShared: Bool)
        -> String
    {
        let scopes = level.requestedScopes(withShared: withShared).map {
            $0.contains(".") ? "https://graph.microsoft.com/\($0)" : $0
        }
        return endpoints.adminConsent(domain) + "?"
            + FormEncoding.encode([
                ("client_id", clientID), ("scope", scopes.joined(separator: " ")),
                ("redirect_uri", endpoints.adminRedirectURI), ("state", state),
            ])
    }

    private func token(_ purpose: String) -> LinkToken {
        LinkToken(tenantID: tenantID, consentID: id, secret: derive(purpose))
    }

    private func derive(_ purpose: String) -> [UInt8] { seed.derive("hearth.admin-consent.\(purpose)") }
}
