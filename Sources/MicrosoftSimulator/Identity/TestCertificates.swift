import CryptoExtras
package import Foundation

/// A certificate authority and the server certificate that it signed, for HTTPS in tests.
package struct TestCertificates: Sendable {
    /// The certificate that clients must trust, PEM.
    package let authority: String
    /// The server's certificate for `localhost`, 127.0.0.1 and ::1, PEM.
    package let server: String
    /// The server's private key, PEM (PKCS 8).
    package let serverKey: String

    /// Valid for a year, from an hour before `now`.
    package init(now: Date) throws {
        let valid = now.addingTimeInterval(-3600)..<now.addingTimeInterval(365 * 86_400)
        let authorityName = "Microsoft simulator test authority"
        let authorityKey = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        authority = try Certificate(
            subject: authorityName, key: authorityKey.publicKey, issuer: authorityName, issuerKey: authorityKey,
            serial: [1], valid: valid, purpose: .authority
        ).pem
        server = try Certificate(
            subject: "localhost", key: key.publicKey, issuer: authorityName, issuerKey: authorityKey, serial: [2],
            valid: valid,
            purpose: .server(
                names: ["localhost"],
                addresses: [[127, 0, 0, 1], [UInt8](repeating: 0, count: 15) + [1]],
                authorityKey: authorityKey.publicKey
            )
        ).pem
        serverKey = key.pkcs8PEMRepresentation + "\n"
    }

    /// Writes `ca.pem`, `server.pem` and `server.key`; only the owner can read the key.
    package func write(to directory: URL) throws {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try Data(authority.utf8).write(to: directory.appending(path: "ca.pem"))
        try Data(server.utf8).write(to: directory.appending(path: "server.pem"))
        let keyFile = directory.appending(path: "server.key")
        try Data(serverKey.utf8).write(to: keyFile)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: keyFile.path)
    }
}
