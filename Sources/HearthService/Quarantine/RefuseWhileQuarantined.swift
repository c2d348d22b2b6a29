import HTTPTypes
import Hummingbird

/// Of a restored database only reads are answered. For partners it stands behind their authentication.
struct RefuseWhileQuarantined: RouterMiddleware {
    let quarantine: Quarantine
    let isRead: @Sendable (Request) -> Bool

    func handle(
        _ request: Request, context: AppContext, next: NextResponder
    ) async throws -> Response {
        if quarantine.isHeld, !isRead(request) { throw APIError.quarantined }
        return try await next(request, context)
    }
}

extension RefuseWhileQuarantined {
    /// The contract has some reads as PATCH, and two calls as GET that are none: they begin work, or open a form.
    static func partners(_ quarantine: Quarantine) -> Self {
        Self(quarantine: quarantine) { request in
            let name = lastName(of: request)
            return isGet(request) && !["recheck", "secure"].contains(name)
                || request.method == .patch && (name.hasPrefix("get-") || name == "fetch-rampup-status")
        }
    }

    /// A return from Microsoft writes, though it is a GET.
    static func owners(_ quarantine: Quarantine) -> Self {
        Self(quarantine: quarantine) { isGet($0) && !lastName(of: $0).hasSuffix("callback") }
    }

    /// Whoever looks at the copy signs in first.
    static func console(_ quarantine: Quarantine) -> Self {
        Self(quarantine: quarantine) { isGet($0) || ["sign-in", "sign-out"].contains(lastName(of: $0)) }
    }

    private static func isGet(_ request: Request) -> Bool { request.method == .get || request.method == .head }

    private static func lastName(of request: Request) -> Substring { request.uri.path.split(separator: "/").last ?? "" }
}

extension APIError {
    static let quarantined = APIError(
        .serviceUnavailable, code: "QUARANTINED",
        message:
            "The service was restored from a backup and its operator has not released it yet. Reads are answered; nothing was changed. Try again later.",
        retryAfterSeconds: 60)
}
