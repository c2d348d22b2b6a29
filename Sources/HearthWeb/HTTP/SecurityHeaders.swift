import HTTPTypes

/// Headers that every answer carries unless its route has set them itself, as the pages do.
///
/// Answers of an API hold one tenant's data: no cache may keep them, no browser may guess their type, frame them, run
/// anything in them, or tell the next site where it came from.
struct SecurityHeaders: Sendable {
    /// Whether the service is reached by TLS, so that browsers may be told to insist on it (RFC 6797).
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
