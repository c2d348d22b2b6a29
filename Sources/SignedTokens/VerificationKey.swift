import Crypto
import CryptoExtras
import Foundation
import HearthRules
package import StrictJSON

/// A public key of a published key set (RFC 7517).
///
/// Sizes are checked here, before the library sees them. swift-crypto rejects the rest with an error: an RSA modulus
/// that is even or has fewer than 2,048 bits, an exponent that is even or 1, a point that is not on its curve.
package struct VerificationKey: Sendable {
    let id: String
    /// The issuer whose tokens the key signs; Microsoft publishes it.
    package let issuer: String?
    private let material: Material
    /// The only algorithm that the key may be used with, if it names one.
    private let algorithm: SignatureAlgorithm?

    private enum Material: Sendable {
        case rsa(_RSA.Signing.PublicKey)
        case p256(P256.Signing.PublicKey)
        case ed25519(Curve25519.Signing.PublicKey)
    }

    /// The length of an RSA modulus in bytes: 2,048 to 8,192 bits, plus one for a leading zero, which some providers send.
    private static let modulusLengths = 256...1_025
    /// The length of an RSA exponent in bytes; in practice it is 65537.
    private static let exponentLengths = 1...5
    /// The length of a P-256 coordinate and of an Ed25519 key in bytes.
    private static let coordinateLength = 32

    /// Returns nil if the key is not for signatures, or of a kind that we do not support.
    init?(_ object: JSONObject) {
        guard let id = object["kid"]?.asString, !id.isEmpty, object["use"]?.asString ?? "sig" == "sig" else {
            return nil
        }
        if let name = object["alg"]?.asString {
            guard let algorithm = SignatureAlgorithm(rawValue: name) else { return nil }
            self.algorithm = algorithm
        } else {
            algorithm = nil
        }
        guard let material = Self.material(object) else { return nil }
        self.id = id
        self.material = material
        issuer = object["issuer"]?.asString
    }

    private static func material(_ object: JSONObject) -> Material? {
        switch (object["kty"]?.asString, object["crv"]?.asString) {
        case ("RSA", _):
            guard let modulus = bytes("n", of: object, modulusLengths),
                let exponent = bytes("e", of: object, exponentLengths)
            else { return nil }
            return (try? _RSA.Signing.PublicKey(n: modulus, e: exponent)).map(Material.rsa)
        case ("EC", "P-256"):
            guard let x = bytes("x", of: object, coordinateLength...coordinateLength),
                let y = bytes("y", of: object, coordinateLength...coordinateLength)
            else { return nil }
            return (try? P256.Signing.PublicKey(rawRepresentation: x + y)).map(Material.p256)
        case ("OKP", "Ed25519"):
            guard let x = bytes("x", of: object, coordinateLength...coordinateLength) else { return nil }
            return (try? Curve25519.Signing.PublicKey(rawRepresentation: x)).map(Material.ed25519)
        default: return nil
        }
    }

    private static func bytes(_ name: String, of object: JSONObject, _ lengths: ClosedRange<Int>) -> [UInt8]? {
        // Four characters encode three bytes.
        guard let text = object[name]?.asString, text.utf8.count <= lengths.upperBound * 4 / 3 + 4,
            let bytes = Base64URL.decode(text), lengths.contains(bytes.count)
        else { return nil }
        return bytes
    }

    /// Whether the key may be used to verify signatures of this algorithm.
    func serves(_ wanted: SignatureAlgorithm) -> Bool {
        guard algorithm == nil || algorithm == wanted else { return false }
        return switch (material, wanted) {
        case (.rsa, .rs256), (.rsa, .ps256), (.p256, .es256), (.ed25519, .edDSA): true
        default: false
        }
    }

    func isValid(_ signature: [UInt8], over bytes: [UInt8], by algorithm: SignatureAlgorithm) -> Bool {
        guard serves(algorithm) else { return false }
        switch material {
        case .rsa(let key):
            return key.isValidSignature(
                _RSA.Signing.RSASignature(rawRepresentation: signature), for: SHA256.hash(data: bytes),
                padding: algorithm == .ps256 ? .PSS : .insecurePKCS1v1_5)
        case .p256(let key):
            // r and s concatenated (RFC 7518, section 3.4); any other length is an error.
            guard let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: SHA256.hash(data: bytes))
        case .ed25519(let key):
            return signature.count == 2 * Self.coordinateLength && key.isValidSignature(signature, for: bytes)
        }
    }
}

/// A published key set (RFC 7517, section 5).
package struct VerificationKeys: Sendable {
    private let keys: [VerificationKey]

    /// The maximum number of keys read; any more are ignored.
    private static let most = 100

    /// Returns nil if the set has no usable key.
    package init?(_ object: JSONObject) {
        let listed = (object["keys"]?.asArray ?? []).prefix(Self.most)
        keys = listed.compactMap { $0.asObject.flatMap(VerificationKey.init) }
        guard !keys.isEmpty else { return nil }
    }

    package var count: Int { keys.count }

    /// - Throws: ``TokenProblem/unknownKey``; the provider may have published new keys since the set was fetched.
    package func key(for token: SignedToken) throws(TokenProblem) -> VerificationKey {
        guard let key = keys.first(where: { $0.id == token.keyID && $0.serves(token.algorithm) }) else {
            throw .unknownKey
        }
        return key
    }
}

/// The signature algorithms that we verify, by their names (RFC 7518, section 3.1; RFC 8037, section 3.1).
/// `none` and algorithms with a shared secret are excluded.
package enum SignatureAlgorithm: String, Sendable, CaseIterable {
    case rs256 = "RS256"
    case ps256 = "PS256"
    case es256 = "ES256"
    case edDSA = "EdDSA"
}
