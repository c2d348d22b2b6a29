import Foundation

/// The three forms of an error: JSON at the token endpoint, a query in a redirect, and a page of Microsoft's.
extension SimulatorState {
    /// The ids by which Microsoft's support finds a request.
    struct Trace: Sendable {
        let traceID: String
        let correlationID: String
        let timestamp: String
    }

    mutating func newTrace(_ exchange: Exchange) -> Trace {
        Trace(
            traceID: random.guid(),
            correlationID: exchange.header("client-request-id") ?? random.guid(),
            timestamp: Timestamp.identity(now)
        )
    }

    /// The text with its trace lines, separated by line breaks or spaces.
    mutating func describe(_ failure: IdentityFailure, _ trace: Trace) -> String {
        let separator =
            switch behaviours.separators {
            case .lines: "\r\n"
            case .spaces: " "
            case .alternating: nextDescriptionHasLines ? "\r\n" : " "
            }
        nextDescriptionHasLines.toggle()
        return [
            failure.description, "Trace ID: \(trace.traceID)", "Correlation ID: \(trace.correlationID)",
            "Timestamp: \(trace.timestamp)",
        ].joined(separator: separator)
    }

    static func errorURI(_ code: Int) -> String {
        "https://login.microsoftonline.com/error?code=\(code)"
    }

    /// The JSON body of a refused token request.
    mutating func tokenError(_ failure: IdentityFailure, _ exchange: Exchange) -> Reply {
        let trace = newTrace(exchange)
        var members: [String: JSON] = [
            "error": .string(failure.error),
            "error_description": .string(describe(failure, trace)),
            "error_codes": .array(failure.listedCodes.map(JSON.integer)),
            "timestamp": .string(trace.timestamp),
            "trace_id": .string(trace.traceID),
            "correlation_id": .string(trace.correlationID),
        ]
        if let code = failure.code { members["error_uri"] = .string(Self.errorURI(code)) }
        if let suberror = failure.suberror { members["suberror"] = .string(suberror) }
        if let claims = failure.claims { members["claims"] = .string(claims) }
        return Reply.json(.object(members), status: failure.status)
            .adding("Cache-Control", "no-store").adding("Pragma", "no-cache")
    }

    /// A page without a way back: the application is not notified.
    mutating func failurePage(_ failure: IdentityFailure, _ exchange: Exchange) -> Reply {
        let trace = newTrace(exchange)
        return .html(pages.failure(failure, trace), status: 400)
    }
}
