import Crypto
import CryptoExtras
import Foundation
import HearthRules
import StrictJSON
import Testing

@testable import HearthConsole
@testable import SignedTokens

/// Published keys that no provider should publish, and each algorithm that one may use.
@Suite("Verification keys")
struct VerificationKeyTests {
    private static func encoded(_ bytes: [UInt8]) -> String { Base64URL.encode(bytes) }

    @Test("RSA keys of senseless sizes are no keys")
    func sizes() throws {
        let odd = [UInt8](repeating: 0xFF, count: 256)
        let exponent = Self.encoded([1, 0, 1])
        #expect(try TokenForge.keys(TokenForge.published(modulus: Self.encoded(odd), exponent: exponent)) != nil)
        let moduli: [[UInt8]] = [
            [], [0], [1], [UInt8](repeating: 0, count: 256), [UInt8](repeating: 0xFF, count: 255),
            [UInt8](repeating: 0xFF, count: 255) + [0xFE], [UInt8](repeating: 0xFF, count: 1_026),
            [0, 0] + [UInt8](repeating: 0xFF, count: 254), [UInt8](repeating: 0xFF, count: 20_000),
        ]
        for modulus in moduli {
            let key = TokenForge.published(modulus: Self.encoded(modulus), exponent: exponent)
            #expect(try TokenForge.keys(key) == nil, "\(modulus.count) bytes")
        }
        for exponent: [UInt8] in [
            [], [0], [1], [2], [0, 0, 0, 0, 0], [0, 1, 0, 0], [4, 0, 0, 0, 1], [UInt8](repeating: 0xFF, count: 6),
        ] {
            let key = TokenForge.published(modulus: Self.encoded(odd), exponent: Self.encoded(exponent))
            #expect(try TokenForge.keys(key) == nil, "\(exponent)")
        }
    }

    @Test("keys that are not for signatures, are for other algorithms, or are not keys at all are left out")
    func purposes() throws {
        let forge = try TokenForge()
        let right = try forge.published()
        let token = try forge.token(claims: TokenReaders.openIDClaims)
        for more in [#""alg":"RS256""#, #""x5t":"x""#, #""issuer":null"#] {
            let keys = try #require(try TokenForge.keys(right.dropLast() + ",\(more)}"))
            _ = try TokenReaders(keys: keys).openID(token)
        }
        let other = try #require(try TokenForge.keys(right.dropLast() + #","alg":"PS256"}"#))
        #expect(throws: TokenProblem.unknownKey) { try TokenReaders(keys: other).openID(token) }
        for member in [
            right.replacing(#""use":"sig""#, with: #""use":"enc""#), right.dropLast() + #","alg":"RSA-OAEP"}"#,
            right.replacing(#""kid":"k1""#, with: #""kid":"""#), right.replacing(#""kid":"k1""#, with: #""x":1"#),
            right.replacing(#""kty":"RSA""#, with: #""kty":"oct""#), "null", "[]", "7", "{}",
        ] {
            #expect(try TokenForge.keys(String(member)) == nil)
        }
    }

    @Test("a token may be signed by any of the algorithms, where it is allowed and the key is for it")
    func algorithms() throws {
        let (claims, forge) = (TokenReaders.openIDClaims, try TokenForge())
        let (curve, edwards) = (P256.Signing.PrivateKey(), Curve25519.Signing.PrivateKey())
        let point = curve.publicKey.rawRepresentation
        let keys = try #require(
            try TokenForge.keys(
                try forge.published(),
                #"{"kty":"EC","crv":"P-256","kid":"k1","x":"\#(Base64URL.encode(point.prefix(32)))","y":"\#(Base64URL.encode(point.suffix(32)))"}"#,
                #"{"kty":"OKP","crv":"Ed25519","kid":"k1","x":"\#(Base64URL.encode(edwards.publicKey.rawRepresentation))"}"#
            ))
        #expect(keys.count == 3)
        let readers = TokenReaders(keys: keys)
        func token(_ name: String, sign: (Data) throws -> Data) throws -> String {
            let signed =
                Base64URL.encode(Array(#"{"alg":"\#(name)","kid":"k1"}"#.utf8)) + "."
                + Base64URL.encode(Array(claims.utf8))
            return signed + "." + Base64URL.encode(try sign(Data(signed.utf8)))
        }
        let tokens: [SignatureAlgorithm: String] = [
            .rs256: try forge.token(claims: claims),
            .ps256: try forge.token(
                header: Array(#"{"alg":"PS256","kid":"k1"}"#.utf8), claims: Array(claims.utf8), padding: .PSS),
            .es256: try token("ES256") { try curve.signature(for: $0).rawRepresentation },
            .edDSA: try token("EdDSA") { try edwards.signature(for: $0) },
        ]
        for (algorithm, token) in tokens {
            #expect(try readers.openID(token, allowed: [algorithm]).subject == "s-1")
            let others = Set(SignatureAlgorithm.allCases).subtracting([algorithm])
            #expect(throws: TokenProblem.algorithm) { try readers.openID(token, allowed: others) }
            // Another signature, of any length.
            let signed = token.split(separator: ".").prefix(2).joined(separator: ".")
            for length in [1, 63, 64, 65, 256] {
                let wrong = signed + "." + Base64URL.encode([UInt8](repeating: 1, count: length))
                #expect(throws: TokenProblem.signature) { try readers.openID(wrong, allowed: [algorithm]) }
            }
        }
        for point in [[UInt8](repeating: 0, count: 32), [UInt8](repeating: 0xFF, count: 32), [1]] {
            let text = Base64URL.encode(point)
            #expect(try TokenForge.keys(#"{"kty":"EC","crv":"P-256","kid":"k1","x":"\#(text)","y":"\#(text)"}"#) == nil)
        }
    }
}
