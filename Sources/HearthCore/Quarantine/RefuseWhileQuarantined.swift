import HTTPTypes
package import HearthWeb
import Hummingbird
package import Postgres

/// Refuses writing routes while the database is in quarantine, or while that is unknown; reads are answered. Whether a route
/// writes is declared where it is registered (``PartnerRoutes``, ``ConsolePaths``).
package struct RefuseWhileQuarantined: RouterMiddleware {
    package let quarantine: Quarantine
    let database: Database

    package init(_ dependencies: Dependencies) {
        self.init(quarantine: dependencies.quarantine, database: dependencies.database)
    }

    package init(quarantine: Quarantine, database: Database) {
        self.quarantine = quarantine
        self.database = database
    }

    func handle(
        _ request: Request, context: AppContext, next: NextResponder
    ) async throws -> Response {
        guard await quarantine.isOver(database) else { throw quarantine.isHeld ? APIError.quarantined : .databaseBusy }
        return try await next(request, context)
    }
}

extension APIError {
    package static let quarantined = APIError(
        .serviceUnavailable, code: "QUARANTINED",
        message:
            "The service was restored from a backup and its operator has not released it yet. Reads are answered; nothing was changed. Try again later.",
        retryAfterSeconds: 60)
}
