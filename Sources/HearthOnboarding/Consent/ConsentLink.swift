import Crypto
import Foundation
package import HearthCore
package import HearthRules
import HearthWeb

/// The secrets of a consent's link, derived from its seed.
package struct ConsentLink: Sendable {
    package let tenantID: Int64
    package let consentID: Int64
    let seed: LinkSeed

    package init(tenantID: Int64, consentID: Int64, seed: [UInt8]) {
        self.tenantID = tenantID
        self.consentID = consentID
        self.seed = LinkSeed(seed)
    }

    /// The OAuth `state`: the ids of tenant and consent, and a secret that proves that we issued it.
    package var state: String {
        LinkToken(tenantID: tenantID, consentID: consentID, secret: derive("state", 24)).text
    }

    /// The token in the path of the result page. Has its own secret, so that the URL contains nothing redeemable.
    var resultToken: String {
        LinkToken(tenantID: tenantID, consentID: consentID, secret: derive("result", 24)).text
    }

    /// OpenID Connect Core 3.1.2.1.
    package var nonce: String { Base64URL.encode(derive("nonce", 24)) }

    /// RFC 7636 4.1: 43 characters.
    package var codeVerifier: String { Base64URL.encode(derive("pkce", 32)) }

    /// RFC 7636 4.2, method S256.
    package var codeChallenge: String { Base64URL.encode(SHA256.hash(data: Data(codeVerifier.utf8))) }

    func isState(_ token: LinkToken) -> Bool { isEqualInConstantTime(token.secret, derive("state", 24)) }
    func isResult(_ token: LinkToken) -> Bool { isEqualInConstantTime(token.secret, derive("result", 24)) }

    private func derive(_ purpose: String, _ count: Int) -> [UInt8] { seed.derive("hearth.consent.\(purpose)", count) }
}

/// base64url(version, tenant id, consent id, 24-byte secret). Includes the tenant, so that no lookup searches all tenants.
struct LinkToken: Sendable, Equatable {
    let tenantID: Int64
    let consentID: Int64
    let secret: [UInt8]

    private static let version: UInt8 = 1
    private static let length = 1 + 8 + 8 + 24

    init(tenantID: Int64, consentID: Int64, secret: [UInt8]) {
        self.tenantID = tenantID
        self.consentID = consentID
        self.secret = secret
    }

    /// Returns nil if the text does not have this form.
    init?(_ text: some StringProtocol) {
        guard let bytes = Base64URL.decode(text), bytes.count == Self.length, bytes[0] == Self.version else {
            return nil
        }
        tenantID = Self.integer(bytes[1..<9])
        consentID = Self.integer(bytes[9..<17])
        secret = Array(bytes[17...])
        guard tenantID > 0, consentID > 0 else { return nil }
    }

    var text: String {
        var bytes = [Self.version]
        for id in [tenantID, consentID] {
            withUnsafeBytes(of: id.bigEndian) { bytes += $0 }
        }
        return Base64URL.encode(bytes + secret)
    }

    private static func integer(_ bytes: ArraySlice<UInt8>) -> Int64 {
        bytes.reduce(0) { $0 << 8 | Int64($1) }
    }
}

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
