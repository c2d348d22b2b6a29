package import HearthWeb
import Hummingbird
import StrictJSON

/// A permission of an API key.
package enum Scope: String, Sendable, CaseIterable, Comparable {
    case campaignsRead = "campaigns:read"
    case campaignsWrite = "campaigns:write"
    case messagesRead = "messages:read"
    case messagesWrite = "messages:write"
    case webhooks
    case keys

    package static func < (left: Scope, right: Scope) -> Bool { left.rawValue < right.rawValue }
}

/// Admits a request if its key has the scope.
struct RequireScope: MiddlewareProtocol {
    let scope: Scope

    func handle(
        _ request: Request, context: TenantContext,
        next: @concurrent (Request, TenantContext) async throws -> Response
    ) async throws -> Response {
        try context.identity.require(scope)
        return try await next(request, context)
    }
}

extension Identity {
    /// - Throws: 403 `SCOPE_MISSING`, naming the scope.
    package func require(_ scope: Scope) throws(APIError) {
        guard !scopes.contains(scope) else { return }
        throw APIError(
            .forbidden, code: "SCOPE_MISSING",
            message: "This API key lacks the scope \(scope.rawValue). Use a key that has it, or make one.",
            details: [
                ("required_scope", .string(scope.rawValue)),
                ("scopes", .array(scopes.sorted().map { .string($0.rawValue) })),
            ])
    }

    /// - Throws: 403 `MS_GRAPH_FEATURE_DISABLED`.
    package func require(_ feature: Feature) throws(APIError) {
        guard !mayUse(feature) else { return }
        throw APIError(
            .forbidden, code: "MS_GRAPH_FEATURE_DISABLED",
            message:
                "This account is not allowed to connect mailboxes through Microsoft Graph. Ask the operator of this service to allow it."
        )
    }
}
