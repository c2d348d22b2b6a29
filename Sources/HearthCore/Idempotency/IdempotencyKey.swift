import Crypto
import Foundation
import HTTPTypes
import HearthWeb
import Hummingbird
import StrictJSON

/// A caller's `Idempotency-Key` and the fingerprint of its request (draft-ietf-httpapi-idempotency-key-header-07).
struct IdempotencyKey: Sendable, Equatable {
    let text: String
    /// SHA-256 of the method, the path and the decoded body in canonical form, so that multipart boundaries, the order of
    /// members and white space do not matter.
    let fingerprint: [UInt8]

    /// Returns nil if the caller sent no key.
    ///
    /// - Throws: 400 `IDEMPOTENCY_KEY_INVALID`.
    init?(_ request: Request, body: ParsedBody) throws(APIError) {
        guard let text = request.headers[.idempotencyKey] else { return nil }
        guard (1...255).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw APIError(
                .badRequest, code: "IDEMPOTENCY_KEY_INVALID",
                message: "Idempotency-Key must be 1 to 255 visible ASCII characters, such as a UUID.")
        }
        self.text = text
        var hash = SHA256()
        hash.update(data: Data("\(request.method.rawValue) \(request.uri.path)\n".utf8))
        hash.update(data: JSONWriter.bytes(of: body.value.canonical))
        fingerprint = Array(hash.finalize())
    }
}

extension JSONValue {
    /// The same value with the members of every object sorted by name.
    fileprivate var canonical: JSONValue {
        switch self {
        case .array(let elements): .array(elements.map(\.canonical))
        case .object(let object):
            .object(
                JSONObject(
                    object.members
                        .map { JSONObject.Member(name: $0.name, value: $0.value.canonical) }
                        .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }))
        default: self
        }
    }
}
