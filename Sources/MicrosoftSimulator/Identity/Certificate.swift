import Crypto
import CryptoExtras
import Foundation

/// A minimal X.509 certificate (RFC 5280), as Microsoft publishes with each signing key, and for HTTPS in tests.
struct Certificate: Sendable {
    /// The certificate in DER.
    let bytes: [UInt8]

    enum Purpose: Sendable {
        /// Publishes a signing key; carries no extensions.
        case signingKey
        /// Signs the certificates of a test's servers.
        case authority
        /// Certifies the given DNS names and addresses.
        case server(names: [String], addresses: [[UInt8]], authorityKey: _RSA.Signing.PublicKey)
    }

    init(
        subject: String,
        key: _RSA.Signing.PublicKey,
        issuer: String,
        issuerKey: _RSA.Signing.PrivateKey,
        serial: [UInt8],
        valid: Range<Date>,
        purpose: Purpose
    ) throws {
        let algorithm = DER.sequence(DER.identifier(1, 2, 840, 113549, 1, 1, 11), DER.null)
        let content = DER.sequence(
            DER.value(0xA0, DER.integer([2])),
            DER.integer(serial),
            algorithm,
            Self.name(issuer),
            DER.sequence(DER.time(valid.lowerBound), DER.time(valid.upperBound)),
            Self.name(subject),
            Array(key.derRepresentation),
            Self.extensions(for: purpose, key: key)
        )
        let signature = try issuerKey.signature(for: Data(content), padding: .insecurePKCS1v1_5)
        bytes = DER.sequence(content, algorithm, DER.bits(Array(signature.rawRepresentation)))
    }

    /// Base64 without line breaks, the form of `x5c` (RFC 7517 section 4.7).
    var base64: String { Data(bytes).base64EncodedString() }

    /// SHA-1 in base64url, the form of `x5t` (RFC 7517 section 4.8).
    var thumbprint: String { Base64URL.encode(Insecure.SHA1.hash(data: bytes)) }

    var pem: String {
        let text = Data(bytes).base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
        return "-----BEGIN CERTIFICATE-----\n\(text)\n-----END CERTIFICATE-----\n"
    }

    private static func name(_ commonName: String) -> [UInt8] {
        DER.sequence(DER.set(DER.sequence(DER.identifier(2, 5, 4, 3), DER.utf8(commonName))))
    }

    /// Strict verifiers (OpenSSL with X509_STRICT, Python 3.13) require key usage and both key identifiers.
    private static func extensions(for purpose: Purpose, key: _RSA.Signing.PublicKey) -> [UInt8] {
        let parts: [[UInt8]]
        switch purpose {
        case .signingKey:
            return []
        case .authority:
            parts = [
                extensionValue(DER.identifier(2, 5, 29, 19), critical: true, DER.sequence(DER.boolean(true))),
                extensionValue(DER.identifier(2, 5, 29, 15), critical: true, DER.bits([0x06], unused: 1)),
                extensionValue(DER.identifier(2, 5, 29, 14), critical: false, DER.octets(identifier(of: key))),
            ]
        case .server(let names, let addresses, let authorityKey):
            let alternatives =
                names.flatMap { DER.value(0x82, Array($0.utf8)) } + addresses.flatMap { DER.value(0x87, $0) }
            let authority = DER.sequence(DER.value(0x80, identifier(of: authorityKey)))
            let serverAuthentication = DER.sequence(DER.identifier(1, 3, 6, 1, 5, 5, 7, 3, 1))
            parts = [
                extensionValue(DER.identifier(2, 5, 29, 19), critical: true, DER.sequence()),
                extensionValue(DER.identifier(2, 5, 29, 15), critical: true, DER.bits([0xA0], unused: 5)),
                extensionValue(DER.identifier(2, 5, 29, 37), critical: false, serverAuthentication),
                extensionValue(DER.identifier(2, 5, 29, 17), critical: false, DER.value(0x30, alternatives)),
                extensionValue(DER.identifier(2, 5, 29, 14), critical: false, DER.octets(identifier(of: key))),
                extensionValue(DER.identifier(2, 5, 29, 35), critical: false, authority),
            ]
        }
        return DER.value(0xA3, DER.value(0x30, parts.flatMap { $0 }))
    }

    private static func extensionValue(_ identifier: [UInt8], critical: Bool, _ value: [UInt8]) -> [UInt8] {
        DER.sequence(identifier, critical ? DER.boolean(true) : [], DER.octets(value))
    }

    /// RFC 5280 section 4.2.1.2, method 1 over the whole key information: any stable value will do.
    private static func identifier(of key: _RSA.Signing.PublicKey) -> [UInt8] {
        Array(Insecure.SHA1.hash(data: key.derRepresentation))
    }
}
