import Crypto
import Foundation

/// A code on its way from authorize to token: single use, ten minutes.
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
    /// An absent method means plain (RFC 7636 section 4.3).
    let isPlain: Bool

    func matches(verifier: String) -> Bool {
        let expected = isPlain ? verifier : Base64URL.encode(SHA256.hash(data: Data(verifier.utf8)))
        return expected == value
    }
}

/// What one sign-in gave to one application, and goes on through every refresh: bound to account and application, not
/// to a resource.
struct Grant: Sendable {
    let clientID: String
    let account: AccountID
    let scopes: [Scope]
    let startedAt: Date
    /// The number of the newest refresh token; the first is 0.
    var newest: UInt32 = 0
    /// The newest refresh token that was ever used; every one up to it counts as rotated away.
    var newestUsed: UInt32?

    /// What seals its tokens.
    var context: String { "\(clientID)|\(account.tenantID)|\(account.objectID)" }
}

/// A refresh token as it was presented.
struct RefreshToken: Sendable {
    let grant: Int
    let number: UInt32
    let issuedAt: Date
}

/// About an hour of access to Graph. Taking back a consent does not end it early.
struct AccessToken: Sendable {
    let clientID: String
    let account: AccountID
    /// Scope keys.
    let scopes: Set<String>
    let expiresAt: Date
}
