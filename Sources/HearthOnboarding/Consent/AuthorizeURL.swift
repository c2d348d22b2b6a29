import Foundation
package import HearthCore
package import HearthRules
import HearthWeb

/// Builds Microsoft's authorize URL for a consent.
///
/// The link leads to Microsoft directly, without a page of ours, because partners' clients check its origin, its path,
/// `state` and `client_id`, and that it has at most 8,192 characters.
package struct AuthorizeURL {
    package let endpoints: MicrosoftEndpoints
    package let clientID: String
    package let redirectURI: String

    /// - Parameter redirectURI: where Microsoft redirects the browser; nil for the owners' callback.
    package init(endpoints: MicrosoftEndpoints, clientID: String, redirectURI: String? = nil) {
        self.endpoints = endpoints
        self.clientID = clientID
        self.redirectURI = redirectURI ?? endpoints.redirectURI
    }

    /// - Parameter loginHint: the requested address; nil lets the owner choose an account, for example after a mismatch.
    package func text(
        for link: ConsentLink, level: PermissionLevel, withShared: Bool, loginHint: String?
    ) -> String {
        var items = [
            ("client_id", clientID),
            ("response_type", "code"),
            ("redirect_uri", redirectURI),
            ("response_mode", "query"),
            ("scope", level.requestedScopes(withShared: withShared).joined(separator: " ")),
            ("state", link.state),
            ("nonce", link.nonce),
            ("code_challenge", link.codeChallenge),
            ("code_challenge_method", "S256"),
        ]
        if let loginHint { items.append(("login_hint", loginHint)) } else { items.append(("prompt", "select_account")) }
        return endpoints.authorize + "?" + FormEncoding.encode(items)
    }
}
