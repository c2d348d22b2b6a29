/// An error response of Graph.
struct GraphFailure: Error, Sendable, Equatable {
    let status: Int
    let code: String
    let message: String
    /// The `Location` header.
    var location: String?

    init(_ status: Int, _ code: String, _ message: String) {
        self.status = status
        self.code = code
        self.message = message
    }

    static let accessDenied = GraphFailure(
        403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
    static let itemNotFound = GraphFailure(
        404, "ErrorItemNotFound", "The specified object was not found in the store."
    )
    static let noMailbox = GraphFailure(
        404, "MailboxNotEnabledForRESTAPI",
        "The mailbox is either inactive, soft-deleted, or is hosted on-premise."
    )
    static let methodNotAllowed = GraphFailure(
        405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")
    static let inefficientFilter = GraphFailure(
        400, "InefficientFilter", "The restriction or sort order is too complex for this operation."
    )

    /// The mailbox is not in the directory.
    static func invalidUser(_ name: String) -> GraphFailure {
        GraphFailure(404, "ErrorInvalidUser", "The requested user '\(name)' is invalid.")
    }

    static func unknownUser(_ name: String) -> GraphFailure {
        GraphFailure(
            404, "Request_ResourceNotFound",
            "Resource '\(name)' does not exist or one of its queried reference-property objects are not present."
        )
    }

    static func badRequest(_ message: String) -> GraphFailure {
        GraphFailure(400, "BadRequest", message)
    }

    static func unknownSegment(_ segment: String) -> GraphFailure {
        GraphFailure(400, "BadRequest", "Resource not found for the segment '\(segment)'.")
    }

    /// The error for a scripted fault with this code.
    static func known(_ code: String?, status: Int?) -> GraphFailure {
        guard let code else { return usual(for: status ?? 500) }
        let entry = table[code] ?? (500, "The request failed.")
        return GraphFailure(status ?? entry.0, code, entry.1)
    }

    private static func usual(for status: Int) -> GraphFailure {
        switch status {
        case 401: known("InvalidAuthenticationToken", status: status)
        case 403: accessDenied
        case 404: itemNotFound
        case 429: known("TooManyRequests", status: status)
        case 503: known("ServiceUnavailable", status: status)
        case 400..<500: GraphFailure(status, "BadRequest", "The request failed.")
        case 504: known("UnknownError", status: status)
        default: known("generalException", status: status)
        }
    }

    private static let table: [String: (Int, String)] = [
        "InvalidAuthenticationToken": (401, "Lifetime validation failed, the token is expired."),
        "ErrorAccessDenied": (403, accessDenied.message),
        "Authorization_RequestDenied": (403, "Insufficient privileges to complete the operation."),
        "ErrorInsufficientPermissionsInAccessToken": (403, "The caller does not have sufficient permissions."),
        "ErrorSendAsDenied": (
            403,
            "The user account which was used to submit this request does not have the right to send mail on behalf of "
                + "the specified sending account. Cannot submit message."
        ),
        "ErrorMessageSubmissionBlocked": (403, "Message submission is blocked for this account."),
        "ErrorAccountSuspend": (
            403, "Account suspended. Follow the instructions in your Inbox to verify your account."
        ),
        "MailboxNotEnabledForRESTAPI": (404, noMailbox.message),
        "ErrorItemNotFound": (404, itemNotFound.message),
        "ApplicationThrottled": (429, "Application is over its MailboxConcurrency limit."),
        "TooManyRequests": (429, "Too many requests."),
        "activityLimitReached": (429, "The app or user has been throttled."),
        "ErrorExceededMessageLimit": (
            429,
            "Cannot send mail. Daily Message/Recipient limit exceeded. Follow the instructions in your Inbox to verify "
                + "your account."
        ),
        "ErrorSubmissionQuotaExceeded": (429, "The submission quota is exceeded."),
        "generalException": (500, "An unspecified error has occurred."),
        "ErrorInternalServerError": (500, "An internal server error occurred. The operation failed."),
        "UnknownError": (504, ""),
        "ServiceUnavailable": (503, "The service is unavailable."),
        "ErrorServerBusy": (503, "The server cannot service this request right now. Try again later."),
        "ErrorMailboxMoveInProgress": (503, "Mailbox move in progress."),
        "ErrorQuotaExceeded": (507, "The mailbox is full."),
    ]
}
