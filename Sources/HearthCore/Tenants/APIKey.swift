import Crypto
import Foundation
import HearthRules

/// An API key, `hearth_<tenant>_<key id>_<secret>`, with a secret of 32 random bytes.
///
/// The database stores the SHA-256 of the secret, which suffices for a random secret that cannot be guessed.
package struct APIKey: Sendable, Equatable {
    package let tenantID: Int64
    package let keyID: Int64
    package let secret: String

    package init(tenantID: Int64, keyID: Int64, randomBytes: (Int) -> [UInt8]) {
        self.tenantID = tenantID
        self.keyID = keyID
        self.secret = Base64URL.encode(randomBytes(32))
    }

    /// Parses a key; returns nil if the text has another form.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "_", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "hearth", let tenantID = Int64(parts[1]), let keyID = Int64(parts[2]),
            tenantID > 0, keyID > 0, parts[3].utf8.count == 43
        else { return nil }
        self.tenantID = tenantID
        self.keyID = keyID
        self.secret = String(parts[3])
    }

    package var text: String { "hearth_\(tenantID)_\(keyID)_\(secret)" }
    package var digest: [UInt8] { Array(SHA256.hash(data: Data(secret.utf8))) }
}
