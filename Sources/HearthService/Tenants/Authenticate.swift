import Foundation
import HTTPTypes
import Hummingbird

/// Bearer key to identity. Routes behind it run only for a valid key of a tenant that is not suspended.
struct Authenticate: RouterMiddleware {
    let directory: KeyDirectory
    let failures: FailedAttempts

    func handle(
        _ request: Request, context: AppContext, next: NextResponder
    ) async throws -> Response {
        guard let key = Self.bearer(request.headers), let identity = try await directory.identity(forKey: key) else {
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
        context.facts.tenantID = identity.tenantID
        context.facts.keyID = identity.keyID
        return try await next(request, context)
    }

    /// RFC 6750 2.1; the scheme's name in any case (RFC 9110 11.1).
    private static func bearer(_ headers: HTTPFields) -> String? {
        guard let value = headers[.authorization] else { return nil }
        let parts = value.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return parts[1].trimmingCharacters(in: .whitespaces)
    }
}
