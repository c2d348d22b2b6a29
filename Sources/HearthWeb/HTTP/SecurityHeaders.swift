import HTTPTypes

/// Headers of every answer whose route has not set them itself, as pages do.
///
/// API answers contain one tenant's data: no cache may store them, and no browser may guess their type, frame them, run
/// anything in them, or send their address as a referrer.
struct SecurityHeaders: Sendable {
    /// Whether clients reach the service by TLS, so that browsers may be told to insist on it (RFC 6797).
    let isSecure: Bool

    private static let always: [HTTPField] = [
        HTTPField(name: .cacheControl, value: "no-store"),
        HTTPField(name: .xContentTypeOptions, value: "nosniff"),
        HTTPField(name: .referrerPolicy, value: "no-referrer"),
        HTTPField(name: .frameOptions, value: "DENY"),
        HTTPField(name: .contentSecurityPolicy, value: "default-src 'none'; frame-ancestors 'none'"),
    ]
    private static let ifSecure = HTTPField(name: .strictTransportSecurity, value: "max-age=31536000")

    func complete(_ headers: inout HTTPFields) {
        for field in Self.always { headers.appendIfAbsent(field) }
        if isSecure { headers.appendIfAbsent(Self.ifSecure) }
    }
}

extension HTTPFields {
    fileprivate mutating func appendIfAbsent(_ field: HTTPField) {
        if !contains(field.name) { append(field) }
    }
}
