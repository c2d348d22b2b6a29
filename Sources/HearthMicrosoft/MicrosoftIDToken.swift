package import Foundation
package import SignedTokens

/// The signed-in account, from a v2.0 id_token with a valid signature and valid claims (Microsoft Learn: "ID token claims
/// reference", and "Validate tokens" in "Access tokens").
package struct MicrosoftIDToken: Sendable, Equatable {
    /// The organisation, or the tenant of all personal accounts.
    package let tid: UUID
    /// The account within the tenant.
    package let oid: UUID
    package let isGuest: Bool

    package struct Expected: Sendable {
        /// The `issuer` of the discovery document, which may contain `{tenantid}`.
        let issuer: String
        /// The `issuer` of the signing key, likewise: a key of the consumer tenant signs only for that tenant.
        let keyIssuer: String?
        let audience: String
        let nonce: String
        let now: Date

        package init(issuer: String, keyIssuer: String?, audience: String, nonce: String, now: Date) {
            self.issuer = issuer
            self.keyIssuer = keyIssuer
            self.audience = audience
            self.nonce = nonce
            self.now = now
        }
    }

    package init(_ claims: TokenClaims, _ expected: Expected) throws(TokenProblem) {
        let tenant = try claims.requiredText("tid")
        guard let tid = UUID(uuidString: tenant) else { throw .claim("tid") }
        guard let oid = UUID(uuidString: try claims.requiredText("oid")) else { throw .claim("oid") }
        let issuer = try claims.requiredText("iss")
        for template in [expected.issuer, expected.keyIssuer ?? expected.issuer]
        where issuer != template.replacingOccurrences(of: "{tenantid}", with: tenant) {
            throw .claim("iss")
        }
        // GUIDs are compared case-insensitively (RFC 9562, section 4).
        guard try claims.audiences().map({ $0.lowercased() }) == [expected.audience.lowercased()] else {
            throw .claim("aud")
        }
        guard try claims.text("ver") == "2.0" else { throw .claim("ver") }
        guard try claims.text("nonce") == expected.nonce else { throw .claim("nonce") }
        try claims.check(at: expected.now)
        self.tid = tid
        self.oid = oid
        // 0 is a member, 1 a guest; present if the app registration requests it.
        isGuest = try claims.integer("acct", in: 0...1_000) == 1
    }
}
