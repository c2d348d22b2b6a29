package import HTTPTypes
import NIOHTTP1
import StrictJSON

/// Errors that do not belong to a feature.
extension APIError {
    package static let unauthenticated = APIError(
        .unauthorized, code: "UNAUTHENTICATED",
        message: "Send a valid API key in the header \"Authorization: Bearer <key>\".",
        headers: [.wwwAuthenticate: "Bearer"])

    package static let notFound = APIError(
        .notFound, code: "NOT_FOUND", message: "This path does not exist. Check it against openapi.yaml.")

    /// The path exists, but not the method. RFC 9110, section 15.5.6 requires `Allow`.
    static func methodNotAllowed(allowed: [HTTPRequest.Method]) -> APIError {
        let list = allowed.map(\.rawValue).sorted().joined(separator: ", ")
        return APIError(
            .methodNotAllowed, code: "METHOD_NOT_ALLOWED", message: "This path only supports \(list).",
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
                ?? "Send application/json, application/x-www-form-urlencoded or multipart/form-data, with the matching Content-Type.",
            headers: [.accept: "application/json, application/x-www-form-urlencoded, multipart/form-data"])
    }

    package static func validation(_ problems: [FieldProblem]) -> APIError {
        APIError(
            .badRequest, code: "VALIDATION_FAILED",
            message: "Some fields are not valid. Correct the fields listed in \"errors\" and send the request again.",
            errors: problems)
    }

    /// Malformed JSON, with the position at which parsing stopped.
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

    /// A malformed form. The reason is one of our own texts.
    static func malformedForm(_ reason: String) -> APIError {
        APIError(
            .badRequest, code: "MALFORMED_FORM", message: "The form cannot be read: \(reason).",
            details: [("reason", .string(reason))])
    }

    /// The JSON is well-formed but its root has the wrong type.
    static func wrongRoot(expected: String) -> APIError {
        APIError(.badRequest, code: "MALFORMED_JSON", message: "The body must be \(expected).")
    }

    /// The connection ended before the body did, so the body must not be trusted.
    static let incompleteBody = APIError(
        .badRequest, code: "INCOMPLETE_BODY", message: "The body ended early. Send the whole request again.")

    /// The data is not HTTP, or exceeds a limit. The server closes the connection after the answer.
    static func malformedRequest(_ error: HTTPParserError) -> APIError {
        let reason =
            switch error {
            case .headerOverflow: "its target or its headers are too large"
            case .invalidVersion: "its HTTP version is not 1.1"
            case .invalidMethod: "its method is unknown"
            case .invalidContentLength, .unexpectedContentLength: "the length of its body is ambiguous"
            case .invalidChunkSize: "a chunk of its body has no valid length"
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
            message: "Too many requests. Wait the number of seconds in Retry-After, then slow down.",
            headers: headers, retryAfterSeconds: retryAfterSeconds)
    }

    /// An unexpected error; the cause is logged under the request id.
    static let internalError = APIError(
        .internalServerError, code: "INTERNAL_ERROR",
        message: "Something went wrong on our side. If this keeps happening, report the request_id to the operator.")

    /// No database connection became free in time. Nothing was done.
    package static let databaseBusy = APIError(
        .serviceUnavailable, code: "SERVICE_BUSY", message: "The service is busy and did nothing. Try again shortly.",
        retryAfterSeconds: 1)

    /// The commit was sent and its answer was lost, so it may or may not have taken effect. Only the idempotency key makes it
    /// safe to retry.
    package static let outcomeUnknown = APIError(
        .serviceUnavailable, code: "RETRY_WITH_SAME_KEY",
        message:
            "It is not known whether this request took effect. Repeat it with the same Idempotency-Key; if you sent none, check first.",
        retryAfterSeconds: 1)

    /// The process is shutting down.
    package static let stopping = APIError(
        .serviceUnavailable, code: "SERVICE_STOPPING", message: "This instance is stopping. Try again.",
        retryAfterSeconds: 1)
}
