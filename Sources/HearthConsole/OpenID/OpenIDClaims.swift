import Foundation
import HearthCore
import HearthRules
import SignedTokens
import StrictJSON

/// Who signed in at a provider, by an id_token whose signature and claims hold (OpenID Connect Core 1.0, sections 2
/// and 3.1.3.7).
struct OpenIDClaims: Sendable, Equatable {
    package let subject: String
    let address: OpenIDAddress?

    init(
        _ claims: TokenClaims, issuer: String, audience: String, nonce: String, at now: Date
    ) throws(TokenProblem) {
        guard try claims.requiredText("iss") == issuer else { throw .claim("iss") }
        let audiences = try claims.audiences()
        guard audiences.contains(audience) else { throw .claim("aud") }
        // With other audiences beside us, the token must say that it was issued to us.
        let party = try claims.text("azp")
        guard party == audience || (party == nil && audiences.count == 1) else { throw .claim("azp") }
        guard try claims.requiredText("nonce") == nonce else { throw .claim("nonce") }
        try claims.check(at: now)
        subject = try claims.requiredText("sub", longest: MemberStore.longestSubject)
        address = try OpenIDAddress(claims)
    }
}

/// The e-mail address that a provider gives, in the id_token or at the userinfo endpoint.
///
/// Nothing else names a person: `preferred_username` may be chosen freely and taken over by others (OpenID Connect
/// Core 1.0, section 5.7).
struct OpenIDAddress: Sendable, Equatable {
    let email: String
    /// Whether the provider has checked that the address is the person's own.
    let isVerified: Bool

    /// Nil where the claims have no address.
    init?(_ claims: TokenClaims) throws(TokenProblem) {
        guard let email = try claims.text("email", longest: 320) else { return nil }
        self.email = email
        isVerified = Self.isTrue(claims["email_verified"])
    }

    /// A boolean (section 5.1); some providers send it as a text or a number. Anything else is not verified.
    private static func isTrue(_ value: JSONValue?) -> Bool {
        switch value {
        case .bool(true), .integer(1), .string("true"), .string("True"), .string("1"): true
        default: false
        }
    }

    /// What a member is found by; nil for an address that nobody has verified.
    var memberKey: String? { isVerified ? EmailAddress.key(of: email) : nil }
}
