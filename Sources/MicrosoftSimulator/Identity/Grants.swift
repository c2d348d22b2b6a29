import Crypto
import Foundation

/// A code on its way from authorize to token: single use, ten minutes (contract 1.3).
struct AuthorizationCode: Sendable {
    static let lifetime: TimeInterval = 600

    let clientID: String
    let redirectURI: String
    let account: AccountID
    let tenant: TenantSegment
    let scopes: [Scope]
    let nonce: String?
    let challenge: CodeChallenge?
    let issuedAt: Date
    var isRedeemed = false
}

/// Proof Key for Code Exchange (RFC 7636): what authorize was given, against what token is given.
struct CodeChallenge: Sendable {
    let value: String
    /// An absent method means plain (RFC 7636 section 4.3, contract 1.2).
    let isPlain: Bool

    func matches(verifier: String) -> Bool {
        let expected = isPlain ? verifier : Base64URL.encode(SHA256.hash(data: Data(verifier.utf8)))
        return expected == value
    }
}

/// 90 days from its issue; bound to account and application, not to a resource (contract 2.5, 2.6).
struct RefreshToken: Sendable {
    static let lifetime: TimeInterval = 90 * 86_400

    let clientID: String
    let account: AccountID
    let scopes: [Scope]
    let issuedAt: Date
    /// Set by use when rotation is strict.
    var isSpent = false
}

/// About an hour of access to Graph. Taking back a consent does not end it early (contract 2.6).
struct AccessToken: Sendable {
    let clientID: String
    let account: AccountID
    /// Scope keys.
    let scopes: Set<String>
    let expiresAt: Date
}
