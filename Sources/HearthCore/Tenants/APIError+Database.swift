import HTTPTypes
import HearthWeb
import Postgres

extension APIError {
    /// Maps a database error to the error for the caller; nil if it has none.
    package init?(infrastructure error: any Error) {
        switch error {
        case DatabaseError.queueFull, DatabaseError.queuedTooLong, DatabaseError.connectionLost: self = .databaseBusy
        case DatabaseError.outcomeUnknown: self = .outcomeUnknown
        case DatabaseError.shuttingDown: self = .stopping
        case let error as ServerError where error.constraint == "tenant_pool_not_exceeded":
            self = APIError(
                .conflict, code: "EMAIL_POOL_EXCEEDED",
                message:
                    "The account's daily pool of e-mails is used up. Pause another campaign, or ask the operator for more. GET /api/v1/account/limits shows the figures."
            )
        case let error as ServerError where ["57014", "55P03", "40001", "40P01"].contains(error.sqlState):
            self = .databaseBusy
        default: return nil
        }
    }
}
