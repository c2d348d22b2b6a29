import Crypto
import Foundation

/// `hearth_<tenant>_<key id>_<secret>`: who it belongs to is readable, the secret is 32 random bytes.
///
/// The database holds the SHA-256 of the secret. That is enough for a secret of full entropy, which cannot be guessed.
struct APIKey: Sendable, Equatable {
    let tenantID: Int64
    let keyID: Int64
    let secret: String

    init(tenantID: Int64, keyID: Int64, randomBytes: (Int) -> [UInt8]) {
        self.tenantID = tenantID
        self.keyID = keyID
        self.secret = Base64URL.encode(randomBytes(32))
    }

    /// Nil for anything that is not of this form.
    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "_", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "hearth", let tenantID = Int64(parts[1]), let keyID = Int64(parts[2]),
            tenantID > 0, keyID > 0, parts[3].utf8.count == 43
        else { return nil }
        self.tenantID = tenantID
        self.keyID = keyID
        self.secret = String(parts[3])
    }

    var text: String { "hearth_\(tenantID)_\(keyID)_\(secret)" }
    var digest: [UInt8] { Array(SHA256.hash(data: Data(secret.utf8))) }
}
