import Crypto
import Foundation

/// The signature of the Standard Webhooks specification 1.0.0: HMAC-SHA256 over `id.timestamp.body`.
package struct WebhookSecret: Sendable, Equatable {
    package let key: [UInt8]

    private static let prefix = "whsec_"

    package init(randomBytes: (Int) -> [UInt8]) {
        key = randomBytes(32)
    }

    package init(key: [UInt8]) {
        self.key = key
    }

    /// How a partner is shown it.
    package var text: String { Self.prefix + Data(key).base64EncodedString() }

    package init?(_ text: String) {
        guard
            let bytes = Data(
                base64Encoded: text.hasPrefix(Self.prefix) ? String(text.dropFirst(Self.prefix.count)) : text)
        else { return nil }
        key = Array(bytes)
    }

    /// The value of `webhook-signature`.
    ///
    /// - Parameter timestamp: seconds since 1970, of this attempt.
    package func signature(id: String, timestamp: Int, body: [UInt8]) -> String {
        var hmac = HMAC<SHA256>(key: SymmetricKey(data: key))
        hmac.update(data: Data("\(id).\(timestamp).".utf8))
        hmac.update(data: body)
        return "v1," + Data(hmac.finalize()).base64EncodedString()
    }
}
