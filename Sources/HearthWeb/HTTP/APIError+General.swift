package import HTTPTypes
import NIOHTTP1
import StrictJSON

/// Refusals that belong to no feature.
extension APIError {
    package static let unauthenticated = APIError(
        .unauthorized, code: "UNAUTHENTICATED",
        message: "Send a valid API key in the header \"Authorization: Bearer <key>\".",
        headers: [.wwwAuthenticate: "Bearer"])

    package static let notFound = APIError(
        .notFound, code: "NOT_FOUND", message: "There is nothing under this path. Check it against openapi.yaml.")

    /// The path exists, the method does not (RFC 9110, section 15.5.6 demands `Allow`).
    static func methodNotAllowed(allowed: [HTTPRequest.Method]) -> APIError {
        let list = allowed.map(\.rawValue).sorted().joined(separator: ", ")
        return APIError(
            .methodNotAllowed, code: "METHOD_NOT_ALLOWED", message: "This path takes \(list) only.",
            headers: [.allow: list])
    }

    static func payloadTooLarge(maximumBytes: Int) -> APIError {
        APIError(
            .contentTooLarge, code: "PAYLOAD_TOO_LARGE",
            message: "The body is too large. Send at most \(maximumBytes) bytes.")
    }

    static func unsupportedMediaType(_ message: String? = nil) -> APIError {
        APIError(
            .unsupportedMediaType, code: "UNSUPPORTED_MEDIA_TYPE",
            message: message
                ?? "Send application/json, application/x-www-form-urlencoded or multipart/form-data, and say so in Content-Type.",
            headers: [.accept: "application/json, application/x-www-form-urlencoded, multipart/form-data"])
    }

    package static func validation(_ problems: [FieldProblem]) -> APIError {
        APIError(
            .badRequest, code: "VALIDATION_FAILED",
            message: "Some fields are not valid. Correct what \"errors\" names and send the request again.",
            errors: problems)
    }

    /// JSON that cannot be read, with the place where reading stopped.
    static func malformedJSON(_ error: JSONSyntaxError) -> APIError {
        APIError(
            .badRequest, code: "MALFORMED_JSON",
            message:
                "The body cannot be read as JSON: \(error.reason.rawValue). Correct line \(error.line), column \(error.column).",
            details: [
                ("reason", .string(error.reason.rawValue)),
                ("line", .integer(Int64(error.line))),
                ("column", .integer(Int64(error.column))),
            ])
    }

    /// A form that cannot be read. The reason is one of our own phrases.
    static func malformedForm(_ reason: String) -> APIError {
        APIError(
            .badRequest, code: "MALFORMED_FORM", message: "The form cannot be read: \(reason).",
            details: [("reason", .string(reason))])
    }

    /// The JSON is well-formed but its root is of the wrong kind.
    static func wrongRoot(expected: String) -> APIError {
        APIError(.badRequest, code: "MALFORMED_JSON", message: "The body must be \(expected).")
    }

    /// The connection ended before the body did, so the body must not be believed.
    static let incompleteBody = APIError(
        .badRequest, code: "INCOMPLETE_BODY", message: "The body ended early. Send the whole request again.")

    /// What came is not HTTP, or more of it than is taken. The server closes the connection after it.
    static func malformedRequest(_ error: HTTPParserError) -> APIError {
        let reason =
            switch error {
            case .headerOverflow: "its target or its headers are too large"
            case .invalidVersion: "its version of HTTP is not 1.1"
            case .invalidMethod: "its method is unknown"
            case .invalidContentLength, .unexpectedContentLength: "the length of its body is not clear"
            case .invalidChunkSize: "a chunk of its body has no length"
            default: "it is not well-formed HTTP/1.1"
            }
        return APIError(
            .badRequest, code: "MALFORMED_REQUEST", message: "The request cannot be read: \(reason).",
            details: [("reason", .string(reason))])
    }

    package static let badRequest = APIError(
        .badRequest, code: "BAD_REQUEST", message: "The request cannot be understood. Check it against openapi.yaml.")

    /// Too many requests (RFC 6585, section 4). The code is Mailivery's.
    package static func rateLimited(retryAfterSeconds: Int, headers: HTTPFields = [:]) -> APIError {
        APIError(
            .tooManyRequests, code: "RATE_LIMIT_EXCEEDED",
            message: "Too many requests. Wait for the seconds in Retry-After and go on more slowly.",
            headers: headers, retryAfterSeconds: retryAfterSeconds)
    }

    /// Something unexpected; what it was is in the log under the request id.
    static let internalError = APIError(
        .internalServerError, code: "INTERNAL_ERROR",
        message: "Something went wrong on our side. If it stays so, report the request_id to the operator.")

    /// No database connection came free in time. Nothing was done.
    package static let databaseBusy = APIError(
        .serviceUnavailable, code: "SERVICE_BUSY", message: "The service is busy and did nothing. Try again shortly.",
        retryAfterSeconds: 1)

    /// The commit was sent and its answer was lost, so it may or may not have happened. Only the idempotency key makes a repetition safe.
    package static let outcomeUnknown = APIError(
        .serviceUnavailable, code: "RETRY_WITH_SAME_KEY",
        message:
            "It is not known whether this took effect. Repeat it with the same Idempotency-Key; if you sent none, look first.",
        retryAfterSeconds: 1)

    /// The process is being stopped.
    package static let stopping = APIError(
        .serviceUnavailable, code: "SERVICE_STOPPING", message: "This instance is stopping. Try again.",
        retryAfterSeconds: 1)
}
