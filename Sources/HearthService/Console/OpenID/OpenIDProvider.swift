import Foundation
import JWTKit
import Outbound
import StrictJSON

/// A tenant's OpenID provider: where to send the browser, and whom it has signed in.
///
/// The issuer is an address that others name, so it is called by the guarded engine. Nothing is kept between sign-ins.
struct OpenIDProvider: Sendable {
    let engine: OutboundEngine
    let allowsPlainHTTP: Bool
    let configuration: MemberStore.Provider
    let tenant: Int64
    let now: @Sendable () -> Date

    /// Why nobody is signed in; for the log.
    struct Fault: Error, CustomStringConvertible {
        let description: String

        init(_ words: String) { description = words }
    }

    /// OpenID Connect Discovery 1.0, section 3.
    struct Endpoints: Sendable {
        let authorization: String
        let token: String
        let keys: String
    }

    private static let timeout = Duration.seconds(10)

    func endpoints() async throws(Fault) -> Endpoints {
        let base = configuration.issuer.hasSuffix("/") ? String(configuration.issuer.dropLast()) : configuration.issuer
        let document = try await object(base + "/.well-known/openid-configuration")
        // Section 4.3: otherwise one provider could speak for another.
        guard document["issuer"]?.asString == configuration.issuer else {
            throw Fault("discovery names another issuer")
        }
        guard let authorization = document["authorization_endpoint"]?.asString,
            let token = document["token_endpoint"]?.asString,
            let keys = document["jwks_uri"]?.asString,
            (try? TargetURL(authorization, allowsPlainHTTP: allowsPlainHTTP)) != nil
        else { throw Fault("the discovery document is not complete") }
        return Endpoints(authorization: authorization, token: token, keys: keys)
    }

    /// OpenID Connect Core 1.0, section 3.1.2.1, with PKCE. Who signs in here grants nothing but who they are.
    func authorizeURL(_ endpoints: Endpoints, for attempt: OpenIDAttempt, redirectURI: String) -> String {
        let items = [
            ("response_type", "code"), ("client_id", configuration.clientID), ("redirect_uri", redirectURI),
            ("scope", "openid profile email"), ("state", attempt.state), ("nonce", attempt.nonce),
            ("code_challenge", attempt.codeChallenge), ("code_challenge_method", "S256"),
        ]
        return endpoints.authorization + (endpoints.authorization.contains("?") ? "&" : "?")
            + FormEncoding.encode(items)
    }

    func redeem(
        _ code: String, for attempt: OpenIDAttempt, redirectURI: String
    ) async throws(Fault) -> OpenIDClaims {
        let endpoints = try await endpoints()
        let form = FormEncoding.encode([
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirectURI),
            ("client_id", configuration.clientID), ("client_secret", configuration.secret),
            ("code_verifier", attempt.codeVerifier),
        ])
        let answer = try await object(endpoints.token, form: form)
        guard let token = answer["id_token"]?.asString else { throw Fault("no id_token came") }
        let claims = try await verify(token, keysAt: endpoints.keys)
        do {
            try claims.check(
                issuer: configuration.issuer, audience: configuration.clientID, nonce: attempt.nonce, at: now())
        } catch {
            throw Fault("the id_token does not hold: \(error.rawValue)")
        }
        return claims
    }

    /// Pinned to RS256 and to a named key: neither is left to the token.
    private func verify(_ token: String, keysAt location: String) async throws(Fault) -> OpenIDClaims {
        guard let part = token.split(separator: ".", omittingEmptySubsequences: false).first,
            let bytes = Base64URL.decode(part), let header = try? JSONParser().parse(bytes).value.asObject,
            header["alg"]?.asString == "RS256", let keyID = header["kid"]?.asString
        else { throw Fault("the id_token is not signed by RS256 with a named key") }
        let collection = JWTKeyCollection()
        var isKnown = false
        for case .object(let key) in try await object(location)["keys"]?.asArray ?? [] {
            guard key["kty"]?.asString == "RSA", key["use"]?.asString ?? "sig" == "sig", key["kid"]?.asString == keyID,
                let modulus = key["n"]?.asString, let exponent = key["e"]?.asString,
                let rsa = try? Insecure.RSA.PublicKey(modulus: modulus, exponent: exponent)
            else { continue }
            await collection.add(rsa: rsa, digestAlgorithm: .sha256, kid: JWKIdentifier(string: keyID))
            isKnown = true
        }
        guard isKnown else { throw Fault("the id_token's key is not one of the provider's") }
        do {
            return try await collection.verify(token, as: OpenIDClaims.self)
        } catch {
            throw Fault("the id_token's signature or claims cannot be read")
        }
    }

    private func object(_ url: String, form: String? = nil) async throws(Fault) -> JSONObject {
        var headers = [OutboundHeader("accept", "application/json"), OutboundHeader("user-agent", Hearth.userAgent)]
        if form != nil { headers.append(OutboundHeader("content-type", "application/x-www-form-urlencoded")) }
        let response: OutboundResponse
        do {
            response = try await engine.send(
                OutboundRequest(
                    form == nil ? .get : .post, try TargetURL(url, allowsPlainHTTP: allowsPlainHTTP), headers: headers,
                    body: form.map { Array($0.utf8) }, timeout: Self.timeout, fairnessKey: tenant))
        } catch {
            throw Fault("the provider cannot be reached: \(error)")
        }
        guard response.status == 200, let object = try? JSONParser().parse(response.body).value.asObject else {
            throw Fault("the provider answered \(response.status)")
        }
        return object
    }
}
