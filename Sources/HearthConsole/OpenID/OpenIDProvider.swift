import Foundation
import HearthCore
import HearthWeb
import Outbound
import SignedTokens
import StrictJSON

/// A tenant's OpenID provider: makes the URL to sign in at, and redeems the code that comes back.
struct OpenIDProvider: Sendable {
    let calls: OpenIDCalls
    let directory: OpenIDDirectory
    let configuration: MemberStore.Provider
    let tenant: Int64
    let now: @Sendable () -> Date

    /// A person whom the provider has signed in.
    struct Person: Sendable {
        let claims: OpenIDClaims
        /// For the userinfo endpoint.
        fileprivate let accessToken: String?
    }

    /// Bytes; a longer token does not fit into a header.
    private static let longestAccessToken = 16_384

    /// OpenID Connect Core 1.0, section 3.1.2.1, with PKCE. The scopes ask only for the person's identity.
    func authorizeURL(for attempt: OpenIDAttempt, redirectURI: String) async throws(OpenIDFault) -> String {
        let endpoint = try await directory.metadata(of: configuration.issuer, for: tenant).authorizationEndpoint
        let items = [
            ("response_type", "code"), ("client_id", configuration.clientID), ("redirect_uri", redirectURI),
            ("scope", "openid profile email"), ("state", attempt.state), ("nonce", attempt.nonce),
            ("code_challenge", attempt.codeChallenge), ("code_challenge_method", "S256"),
        ]
        return endpoint + (endpoint.contains("?") ? "&" : "?") + FormEncoding.encode(items)
    }

    /// Fetches metadata and keys first, because the code can be redeemed only once.
    func redeem(_ code: String, for attempt: OpenIDAttempt, redirectURI: String) async throws(OpenIDFault) -> Person {
        let metadata = try await directory.metadata(of: configuration.issuer, for: tenant)
        var items = [
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirectURI),
            ("code_verifier", attempt.codeVerifier),
        ]
        var authorization: String?
        switch metadata.authentication {
        case .basic: authorization = basicAuthorization
        case .post: items += [("client_id", configuration.clientID), ("client_secret", configuration.secret)]
        }
        let answer = try await calls.object(
            at: metadata.tokenEndpoint, authorization: authorization, form: FormEncoding.encode(items), for: tenant)
        guard let token = answer["id_token"]?.asString else { throw OpenIDFault("the token response has no id_token") }
        do {
            let claims = try OpenIDClaims(
                try await verifiedClaims(of: token, metadata), issuer: configuration.issuer,
                audience: configuration.clientID, nonce: attempt.nonce, at: now())
            return Person(claims: claims, accessToken: answer["access_token"]?.asString)
        } catch {
            throw error as? OpenIDFault ?? OpenIDFault("the id_token is refused: \(error)")
        }
    }

    /// Id and secret, each form-encoded first (RFC 6749, section 2.3.1).
    private var basicAuthorization: String {
        let pair = FormEncoding.escape(configuration.clientID) + ":" + FormEncoding.escape(configuration.secret)
        return "Basic " + Data(pair.utf8).base64EncodedString()
    }

    /// Only algorithms that the provider announces and keys that it publishes are accepted, whatever the token says.
    private func verifiedClaims(of text: String, _ metadata: OpenIDMetadata) async throws -> TokenClaims {
        let token = try SignedToken(text, allowed: metadata.algorithms)
        if let key = try? metadata.keys.key(for: token) { return try token.claims(verifiedBy: key) }
        let renewed = try await directory.metadata(of: configuration.issuer, for: tenant, isRenewed: true)
        return try token.claims(verifiedBy: try renewed.keys.key(for: token))
    }

    /// The address from the userinfo endpoint (OpenID Connect Core 1.0, section 5.3); nil if the provider has no such endpoint
    /// or it gives no address.
    func address(of person: Person) async throws(OpenIDFault) -> OpenIDAddress? {
        let metadata = try await directory.metadata(of: configuration.issuer, for: tenant)
        guard let endpoint = metadata.userinfoEndpoint, let token = person.accessToken,
            (1...Self.longestAccessToken).contains(token.utf8.count)
        else { return nil }
        let claims = TokenClaims(
            try await calls.object(at: endpoint, authorization: "Bearer \(token)", for: tenant))
        do {
            // Otherwise the answer could be about somebody else (section 5.3.2).
            guard try claims.text("sub") == person.claims.subject else {
                throw OpenIDFault("the userinfo endpoint names another subject")
            }
            return try OpenIDAddress(claims)
        } catch {
            throw error as? OpenIDFault ?? OpenIDFault("the userinfo answer is refused: \(error)")
        }
    }
}
