import Crypto
import Foundation

/// An authorization code: valid once, for ten minutes.
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

/// Proof Key for Code Exchange (RFC 7636): the challenge given to authorize, which the verifier given to token must match.
struct CodeChallenge: Sendable {
    let value: String
    /// An absent method means plain (RFC 7636 section 4.3).
    let isPlain: Bool

    func matches(verifier: String) -> Bool {
        let expected = isPlain ? verifier : Base64URL.encode(SHA256.hash(data: Data(verifier.utf8)))
        return expected == value
    }
}

/// The grant of one sign-in to one application, which continues through every refresh. Bound to account and application,
/// not to a resource.
struct Grant: Sendable {
    let clientID: String
    let account: AccountID
    let scopes: [Scope]
    let startedAt: Date
    /// The number of the newest refresh token; the first is 0.
    var newest: UInt32 = 0
    /// The newest refresh token used so far; it and all earlier ones count as rotated away.
    var newestUsed: UInt32?

    /// The context in which its tokens are sealed.
    var context: String { "\(clientID)|\(account.tenantID)|\(account.objectID)" }
}

/// A refresh token as presented.
struct RefreshToken: Sendable {
    let grant: Int
    let number: UInt32
    let issuedAt: Date
}

/// Access to Graph for about an hour. Withdrawing a consent does not end it early.
struct AccessToken: Sendable {
    let clientID: String
    let account: AccountID
    /// Scope keys.
    let scopes: Set<String>
    let expiresAt: Date
}
