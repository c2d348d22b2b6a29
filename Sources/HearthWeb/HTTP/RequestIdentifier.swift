package import HTTPTypes

/// The id under which a request is logged and answered. It has no effect on idempotency.
enum RequestIdentifier {
    static let header = HTTPField.Name.requestID

    /// Returns the caller's id if it is 1 to 128 visible ASCII characters, otherwise nil.
    static func accepted(_ headers: HTTPFields) -> String? {
        guard let text = headers[header], (1...128).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return nil }
        return text
    }

    /// Generates an id: 128 random bits in hexadecimal.
    static func random() -> String {
        Hexadecimal.text(of: .random(in: .min ... .max)) + Hexadecimal.text(of: .random(in: .min ... .max))
    }
}

/// Fixed-width lower-case hexadecimal.
enum Hexadecimal {
    static func text(of number: UInt64) -> String {
        String(unsafeUninitializedCapacity: 16) { digits in
            for position in 0..<16 {
                let digit = UInt8(truncatingIfNeeded: number >> (60 - 4 * position)) & 0x0F
                digits[position] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
            }
            return 16
        }
    }
}

extension HTTPField.Name {
    /// Creates a name from a literal, which must be a valid token.
    private static func literal(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("not a header name: \(name)") }
        return name
    }

    package static let requestID = literal("X-Request-ID")
    package static let link = literal("Link")
    static let traceParent = literal("traceparent")
    package static let referrerPolicy = literal("Referrer-Policy")
    static let frameOptions = literal("X-Frame-Options")
    package static let idempotencyKey = literal("Idempotency-Key")
    package static let rateLimit = literal("RateLimit")
    static let rateLimitPolicy = literal("RateLimit-Policy")
    static let forwardedFor = literal("X-Forwarded-For")
    package static let idempotencyReplayed = literal("Idempotency-Replayed")
}
