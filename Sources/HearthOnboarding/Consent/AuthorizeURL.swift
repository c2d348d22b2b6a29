import Foundation
package import HearthCore
package import HearthRules
import HearthWeb

/// The direct Microsoft authorize URL of a consent.
///
/// Partners' clients check its origin, its path, `state` and `client_id`, and that it has at most 8,192 characters,
/// so no page of ours stands in between.
package struct AuthorizeURL {
    package let endpoints: MicrosoftEndpoints
    package let clientID: String
    package let redirectURI: String

    /// - Parameter redirectURI: where Microsoft leads back to; nil for the owners' callback.
    package init(endpoints: MicrosoftEndpoints, clientID: String, redirectURI: String? = nil) {
        self.endpoints = endpoints
        self.clientID = clientID
        self.redirectURI = redirectURI ?? endpoints.redirectURI
    }

    /// - Parameter loginHint: the address asked for; nil lets the owner pick an account, as after a mismatch.
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
