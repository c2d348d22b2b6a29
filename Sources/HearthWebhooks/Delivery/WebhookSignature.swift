import Crypto
import Foundation

/// A signing secret of the Standard Webhooks specification 1.0.0: HMAC-SHA256 over `id.timestamp.body`.
package struct WebhookSecret: Sendable, Equatable {
    package let key: [UInt8]

    private static let prefix = "whsec_"

    package init(randomBytes: (Int) -> [UInt8]) {
        key = randomBytes(32)
    }

    package init(key: [UInt8]) {
        self.key = key
    }

    /// The form that partners see: `whsec_` and base64.
    package var text: String { Self.prefix + Data(key).base64EncodedString() }

    package init?(_ text: String) {
        guard
            let bytes = Data(
                base64Encoded: text.hasPrefix(Self.prefix) ? String(text.dropFirst(Self.prefix.count)) : text)
        else { return nil }
        key = Array(bytes)
    }

    /// Returns a signature for the header `webhook-signature`.
    ///
    /// - Parameter timestamp: the time of the attempt, in seconds since 1970.
    package func signature(id: String, timestamp: Int, body: [UInt8]) -> String {
        var hmac = HMAC<SHA256>(key: SymmetricKey(data: key))
        hmac.update(data: Data("\(id).\(timestamp).".utf8))
        hmac.update(data: body)
        return "v1," + Data(hmac.finalize()).base64EncodedString()
    }
}
