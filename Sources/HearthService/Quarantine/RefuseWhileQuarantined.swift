import HTTPTypes
import Hummingbird

/// Behind the authentication: of a restored database only reads are answered.
struct RefuseWhileQuarantined: RouterMiddleware {
    let quarantine: Quarantine

    func handle(
        _ request: Request, context: AppContext, next: NextResponder
    ) async throws -> Response {
        if quarantine.isHeld, !Self.isRead(request) { throw APIError.quarantined }
        return try await next(request, context)
    }

    /// The contract has some reads as PATCH.
    static func isRead(_ request: Request) -> Bool {
        switch request.method {
        case .get, .head: return true
        case .patch:
            guard let name = request.uri.path.split(separator: "/").last else { return false }
            return name.hasPrefix("get-") || name == "fetch-rampup-status"
        default: return false
        }
    }
}

extension APIError {
    static let quarantined = APIError(
        .serviceUnavailable, code: "QUARANTINED",
        message:
            "The service was restored from a backup and its operator has not released it yet. Reads are answered; nothing was changed. Try again later.",
        retryAfterSeconds: 60)
}
