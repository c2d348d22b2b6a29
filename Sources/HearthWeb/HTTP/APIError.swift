package import HTTPTypes
package import Hummingbird
import NIOCore
package import StrictJSON

/// An error as the caller sees it: the only error that is rendered as an answer.
///
/// The body has the two members of Mailivery's errors (`code`, `message`) plus our own. Neither the message nor the details
/// may repeat what was sent, because answers end up in the logs of both sides.
package struct APIError: Error, HTTPResponseError, Sendable {
    package let status: HTTPResponse.Status
    /// A stable name for programs, such as `CAMPAIGN_NOT_FOUND`.
    package let code: String
    /// A sentence for people that says how to fix it.
    package let message: String
    /// The problems of the request by field.
    package let errors: [FieldProblem]
    /// Additional top-level members, such as `current_status` and `allowed_actions`.
    package let details: [(String, JSONValue)]
    package let headers: HTTPFields

    /// More than the number of fields of any call; a malicious body may have thousands.
    static let errorLimit = 100

    package init(
        _ status: HTTPResponse.Status,
        code: String,
        message: String,
        errors: [FieldProblem] = [],
        details: [(String, JSONValue)] = [],
        headers: HTTPFields = [:],
        retryAfterSeconds: Int? = nil
    ) {
        self.status = status
        self.code = code
        self.message = message
        self.errors = Array(errors.prefix(Self.errorLimit))
        self.details = details
        var headers = headers
        if let retryAfterSeconds {
            headers[.retryAfter] = String(max(retryAfterSeconds, 0))
        }
        self.headers = headers
    }

    /// Returns the answer to the request with that id.
    ///
    /// - Parameter documentation: the page that explains every code, to which the answer links.
    package func response(requestID: String, documentation: String? = nil) -> Response {
        var headers = headers
        headers[.contentType] = Envelope.contentType
        return Response(
            status: status, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body(requestID: requestID, documentation: documentation))))
    }

    package func body(requestID: String, documentation: String? = nil) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("success", false)
            writer.member("status", status.code)
            writer.member("code", code)
            writer.member("message", message)
            writer.member("request_id", requestID)
            if let documentation { writer.member("docs", "\(documentation)#\(code)") }
            if !errors.isEmpty { writeErrors(to: &writer) }
            for (name, value) in details {
                writer.member(name, value)
            }
        }
        return writer.bytes
    }

    /// Used by the router only if an error gets past ``RenderErrors``, which does not happen for the service's routes.
    package func response(from request: Request, context: some RequestContext) throws -> Response {
        response(requestID: (context as? any IdentifiedRequestContext)?.requestID ?? "")
    }

    /// Writes `errors` as field → list of messages, in the order of each field's first problem.
    package func writeErrors(to writer: inout JSONWriter) {
        var fields: [String] = []
        for problem in errors where !fields.contains(problem.field) {
            fields.append(problem.field)
        }
        writer.object("errors") { writer in
            for field in fields {
                writer.array(field) { writer in
                    for problem in errors where problem.field == field {
                        writer.value(problem.message)
                    }
                }
            }
        }
    }
}

extension APIError: CustomStringConvertible {
    /// For logs: no message, no details.
    package var description: String { "\(status.code) \(code)" }
}
