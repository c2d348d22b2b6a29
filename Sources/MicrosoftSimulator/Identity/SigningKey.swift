import Crypto
import CryptoExtras
import Foundation
import Synchronization

/// A key that signs id_tokens: 2048-bit RSA with the certificate that is published with it.
struct SigningKey: Sendable {
    private let privateKey: _RSA.Signing.PrivateKey
    private let certificate: Certificate
    private let modulus: String
    private let exponent: String

    private init() throws {
        privateKey = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let publicKey = privateKey.publicKey
        let primitives = try publicKey.getKeyPrimitives()
        modulus = Base64URL.encode(primitives.modulus)
        exponent = Base64URL.encode(primitives.publicExponent)
        // Fixed dates, which clients do not check: a moved clock must not make a published key look expired.
        let start = Date(timeIntervalSince1970: 1_577_836_800)
        let fingerprint = Array(SHA256.hash(data: publicKey.derRepresentation))
        certificate = try Certificate(
            subject: "accounts.accesscontrol.windows.net",
            key: publicKey,
            issuer: "accounts.accesscontrol.windows.net",
            issuerKey: privateKey,
            serial: Array(fingerprint.prefix(16)),
            valid: start..<start.addingTimeInterval(30 * 365 * 86_400),
            purpose: .signingKey
        )
    }

    /// Microsoft's key id is the certificate's thumbprint.
    var id: String { certificate.thumbprint }

    /// The public key as text, for the attack that uses it as an HS256 key.
    var publicPEM: String { privateKey.publicKey.pemRepresentation }

    func signature(over text: String) throws -> [UInt8] {
        Array(try privateKey.signature(for: Data(text.utf8), padding: .insecurePKCS1v1_5).rawRepresentation)
    }

    /// The entry in the key set. Like Microsoft's, it has no `alg`, but an `issuer` that limits the key.
    func published(issuer: String) -> JSON {
        [
            "kty": "RSA",
            "use": "sig",
            "kid": .string(id),
            "x5t": .string(id),
            "n": .string(modulus),
            "e": .string(exponent),
            "x5c": [.string(certificate.base64)],
            "cloud_instance_name": "microsoftonline.com",
            "issuer": .string(issuer),
        ]
    }
}

extension SigningKey {
    /// The keys generated so far in this process. Generating one takes a noticeable part of a second, so simulators share them:
    /// the n-th key of every simulator is the same.
    private static let made = Mutex<[SigningKey]>([])

    static func number(_ index: Int) throws -> SigningKey {
        try made.withLock { keys in
            while keys.count <= index { keys.append(try SigningKey()) }
            return keys[index]
        }
    }
}

/// The published keys, oldest first. The newest signs.
struct SigningKeys: Sendable {
    private(set) var keys: [SigningKey]
    private var next: Int

    init() throws {
        keys = [try SigningKey.number(0), try SigningKey.number(1)]
        next = 2
    }

    var newest: SigningKey { keys[keys.count - 1] }

    /// Adds a key, which signs from then on, and retires the oldest.
    mutating func rotate() throws {
        keys.append(try SigningKey.number(next))
        keys.removeFirst()
        next += 1
    }
}
