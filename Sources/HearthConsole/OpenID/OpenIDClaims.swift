import Foundation
import HearthCore
import HearthRules
import SignedTokens
import StrictJSON

/// The person who signed in at a provider, from a verified id_token (OpenID Connect Core 1.0, sections 2 and 3.1.3.7).
struct OpenIDClaims: Sendable, Equatable {
    package let subject: String
    let address: OpenIDAddress?

    init(
        _ claims: TokenClaims, issuer: String, audience: String, nonce: String, at now: Date
    ) throws(TokenProblem) {
        guard try claims.requiredText("iss") == issuer else { throw .claim("iss") }
        let audiences = try claims.audiences()
        guard audiences.contains(audience) else { throw .claim("aud") }
        // With several audiences, the token must say that it was issued to us.
        let party = try claims.text("azp")
        guard party == audience || (party == nil && audiences.count == 1) else { throw .claim("azp") }
        guard try claims.requiredText("nonce") == nonce else { throw .claim("nonce") }
        try claims.check(at: now)
        subject = try claims.requiredText("sub", longest: MemberStore.longestSubject)
        address = try OpenIDAddress(claims)
    }
}

/// The e-mail address from a provider's id_token or userinfo endpoint.
///
/// No other claim is used: `preferred_username` can be chosen freely and reused by others (OpenID Connect Core 1.0,
/// section 5.7).
struct OpenIDAddress: Sendable, Equatable {
    let email: String
    /// Whether the provider has verified that the address belongs to the person.
    let isVerified: Bool

    /// Nil if the claims have no address.
    init?(_ claims: TokenClaims) throws(TokenProblem) {
        guard let email = try claims.text("email", longest: 320) else { return nil }
        self.email = email
        isVerified = Self.isTrue(claims["email_verified"])
    }

    /// A boolean (section 5.1); some providers send a string or a number. Anything else counts as not verified.
    private static func isTrue(_ value: JSONValue?) -> Bool {
        switch value {
        case .bool(true), .integer(1), .string("true"), .string("True"), .string("1"): true
        default: false
        }
    }

    /// The key to find a member by; nil if the address is not verified.
    var memberKey: String? { isVerified ? EmailAddress.key(of: email) : nil }
}
