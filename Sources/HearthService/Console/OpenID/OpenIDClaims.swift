import Foundation
import JWTKit

/// The claims of an id_token that the console looks at (OpenID Connect Core 1.0, sections 2 and 5.1).
struct OpenIDClaims: JWTPayload {
    let iss: String
    let sub: String
    let aud: AudienceClaim
    let azp: String?
    let exp: TimeInterval
    let nbf: TimeInterval?
    let nonce: String?
    let email: String?
    let isEmailVerified: BoolClaim?
    let userName: String?

    enum CodingKeys: String, CodingKey {
        case iss, sub, aud, azp, exp, nbf, nonce, email
        case isEmailVerified = "email_verified"
        case userName = "preferred_username"
    }

    /// Nothing here: what must hold depends on values that the caller has. See `check`.
    func verify(using algorithm: some JWTAlgorithm) async throws {}

    enum Problem: String, Error, Sendable {
        case issuer, audience, nonce, expired, notYetValid, subject
    }

    /// Seconds by which clocks may differ.
    private static let leeway: TimeInterval = 300

    func check(issuer: String, audience: String, nonce wanted: String, at now: Date) throws(Problem) {
        guard iss == issuer else { throw .issuer }
        guard aud.value.contains(audience), azp == nil || azp == audience, aud.value.count == 1 || azp != nil else {
            throw .audience
        }
        guard nonce == wanted else { throw .nonce }
        guard exp > now.timeIntervalSince1970 - Self.leeway else { throw .expired }
        guard (nbf ?? 0) <= now.timeIntervalSince1970 + Self.leeway else { throw .notYetValid }
        guard (1...255).contains(sub.utf8.count) else { throw .subject }
    }

    /// The address by which somebody is known before the first sign-in; nil when the provider says that nobody has
    /// checked it.
    var address: String? {
        if let email { return isEmailVerified?.value == false ? nil : email }
        return userName
    }
}
