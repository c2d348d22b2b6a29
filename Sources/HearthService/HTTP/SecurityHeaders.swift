import HTTPTypes
import Hummingbird

/// Headers that every answer carries unless its route has set them itself, as the pages do.
///
/// Answers of an API hold one tenant's data: no cache may keep them, no browser may guess their type, frame them, run
/// anything in them, or tell the next site where it came from.
struct SecurityHeaders: RouterMiddleware {
    /// Whether the service is reached by TLS, so that browsers may be told to insist on it (RFC 6797).
    let isSecure: Bool

    func handle(
        _ request: Request, context: AppContext, next: NextResponder
    ) async throws -> Response {
        var response = try await next(request, context)
        complete(&response.headers)
        return response
    }

    func complete(_ headers: inout HTTPFields) {
        headers.setIfAbsent(.cacheControl, "no-store")
        headers.setIfAbsent(.xContentTypeOptions, "nosniff")
        headers.setIfAbsent(.referrerPolicy, "no-referrer")
        headers.setIfAbsent(.frameOptions, "DENY")
        headers.setIfAbsent(.contentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'")
        if isSecure { headers.setIfAbsent(.strictTransportSecurity, "max-age=31536000") }
    }
}

extension HTTPFields {
    fileprivate mutating func setIfAbsent(_ name: HTTPField.Name, _ value: String) {
        if !contains(name) { self[name] = value }
    }
}
