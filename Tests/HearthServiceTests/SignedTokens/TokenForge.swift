import Crypto
import CryptoExtras
import Foundation
import HearthRules
import StrictJSON

@testable import HearthConsole
@testable import HearthMicrosoft
@testable import SignedTokens

/// Signs whatever it is given, as a provider does that is hostile, broken or honest.
struct TokenForge: Sendable {
    static let keyID = "k1"
    private static let rsa = Result { try _RSA.Signing.PrivateKey(keySize: .bits2048) }

    private let key: _RSA.Signing.PrivateKey

    /// Making a key takes a noticeable part of a second, so all tests share one.
    init() throws {
        key = try Self.rsa.get()
    }

    /// The published key as the member of a key set.
    func published() throws -> String {
        let primitives = try key.publicKey.getKeyPrimitives()
        return Self.published(
            modulus: Base64URL.encode(primitives.modulus), exponent: Base64URL.encode(primitives.publicExponent))
    }

    static func published(modulus: String, exponent: String, more: String = "") -> String {
        #"{"kty":"RSA","use":"sig","kid":"\#(keyID)","n":"\#(modulus)","e":"\#(exponent)"\#(more)}"#
    }

    static func keys(_ members: String...) throws -> VerificationKeys? {
        let text = #"{"keys":[\#(members.joined(separator: ","))]}"#
        return try JSONParser().parse(Array(text.utf8)).value.asObject.flatMap(VerificationKeys.init)
    }

    /// A token over exactly these bytes, signed correctly.
    func token(header: [UInt8], claims: [UInt8], padding: _RSA.Signing.Padding = .insecurePKCS1v1_5) throws -> String {
        let signed = Base64URL.encode(header) + "." + Base64URL.encode(claims)
        let signature = try key.signature(for: SHA256.hash(data: Data(signed.utf8)), padding: padding)
        return signed + "." + Base64URL.encode(signature.rawRepresentation)
    }

    func token(header: String = #"{"alg":"RS256","kid":"k1"}"#, claims: String) throws -> String {
        try token(header: Array(header.utf8), claims: Array(claims.utf8))
    }
}

/// Reads tokens as the two places do that take them.
struct TokenReaders: Sendable {
    let keys: VerificationKeys
    let now = Date(timeIntervalSince1970: 1_800_000_000)

    static let issuer = "https://id.example"
    static let client = "console"
    static let nonce = "n-1"
    static let microsoftIssuer = "https://login.example/{tenantid}/v2.0"
    static let tid = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490"
    static let oid = "5d1f3a50-0000-4000-8000-000000000001"

    static let openIDClaims =
        #"{"iss":"https://id.example","sub":"s-1","aud":"console","exp":1800000600,"nonce":"n-1","email":"ada@corp.example","email_verified":true}"#
    static let microsoftClaims =
        #"{"iss":"https://login.example/\#(tid)/v2.0","tid":"\#(tid)","oid":"\#(oid)","aud":"console","exp":1800000600,"nbf":1799999999.5,"nonce":"n-1","ver":"2.0","acct":0}"#

    func openID(_ text: String, allowed: Set<SignatureAlgorithm> = [.rs256]) throws(TokenProblem) -> OpenIDClaims {
        try OpenIDClaims(
            claims(text, allowed), issuer: Self.issuer, audience: Self.client, nonce: Self.nonce, at: now)
    }

    func microsoft(_ text: String) throws(TokenProblem) -> MicrosoftIDToken {
        try MicrosoftIDToken(
            claims(text, [.rs256]),
            .init(
                issuer: Self.microsoftIssuer, keyIssuer: nil, audience: Self.client, nonce: Self.nonce, now: now))
    }

    private func claims(_ text: String, _ allowed: Set<SignatureAlgorithm>) throws(TokenProblem) -> TokenClaims {
        let token = try SignedToken(text, allowed: allowed)
        return try token.claims(verifiedBy: try keys.key(for: token))
    }
}
