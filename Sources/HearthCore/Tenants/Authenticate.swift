import HTTPTypes
import HearthWeb
import Hummingbird

/// Authenticates a request by its API key. Later middleware and routes only run for a valid key of a tenant that is not
/// suspended.
struct Authenticate: RouterMiddleware {
    let directory: KeyDirectory
    let failures: FailedAttempts

    func handle(
        _ request: Request, context: AppContext, next: NextResponder
    ) async throws -> Response {
        guard let key = Self.bearer(request.headers),
            let identity = try await directory.identity(forKey: key, from: context.clientAddress, failures)
        else {
            try failures.count(context.clientAddress)
            throw APIError.unauthenticated
        }
        if identity.isSuspended {
            throw APIError(
                .forbidden, code: "TENANT_SUSPENDED",
                message: "This account is suspended. Ask the operator of this service to resume it.")
        }
        var context = context
        context.identity = identity
        return try await next(request, context)
    }

    /// Returns the bearer token (RFC 6750, section 2.1). The scheme is case-insensitive (RFC 9110, section 11.1).
    private static func bearer(_ headers: HTTPFields) -> String? {
        guard let value = headers[.authorization].map({ Array($0.utf8) }), value.count > 7 else { return nil }
        let scheme = value.prefix(7)
        guard scheme.last == UInt8(ascii: " "), zip(scheme, "bearer".utf8).allSatisfy({ $0 | 0x20 == $1 }) else {
            return nil
        }
        // A key contains no white space, but the header may have some around it.
        return String(decoding: value.dropFirst(7).drop { $0 == UInt8(ascii: " ") }, as: UTF8.self)
    }
}
