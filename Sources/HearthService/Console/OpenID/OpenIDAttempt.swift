import Crypto
import Foundation

/// A sign-in that is under way at the provider. It lives in the browser's cookie alone, sealed, so that an answer is
/// taken only by the browser that asked.
struct OpenIDAttempt: Sendable {
    let tenant: Int64
    let state: String
    let nonce: String
    /// RFC 7636, section 4.1.
    let codeVerifier: String
    /// Seconds since 1970.
    let beganAt: Int

    /// Time enough to sign in and to approve on another device.
    static let life = 600
    private static let place = KeyRing.Place(tenant: 0, row: 0, purpose: .openIDAttempt)

    init(tenant: Int64, at now: Date, randomBytes: (Int) -> [UInt8]) {
        self.tenant = tenant
        state = Base64URL.encode(randomBytes(24))
        nonce = Base64URL.encode(randomBytes(24))
        codeVerifier = Base64URL.encode(randomBytes(32))
        beganAt = Int(now.timeIntervalSince1970)
    }

    var codeChallenge: String { Base64URL.encode(SHA256.hash(data: Data(codeVerifier.utf8))) }

    func seal(by keyRing: KeyRing) throws -> String {
        let lines = ["1", String(tenant), state, nonce, codeVerifier, String(beganAt)]
        return Base64URL.encode(try keyRing.seal(Data(lines.joined(separator: "\n").utf8), for: Self.place))
    }

    /// Nil for what we have not made, and for what has taken too long.
    init?(_ text: String, keyRing: KeyRing, at now: Date) {
        guard text.utf8.count < 4_000, let sealed = Base64URL.decode(text),
            let bytes = try? keyRing.open(sealed, for: Self.place)
        else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        guard lines.count == 6, lines[0] == "1", let tenant = Int64(lines[1]), let beganAt = Int(lines[5]),
            (0...Self.life).contains(Int(now.timeIntervalSince1970) - beganAt)
        else { return nil }
        self.tenant = tenant
        state = lines[2]
        nonce = lines[3]
        codeVerifier = lines[4]
        self.beganAt = beganAt
    }
}
