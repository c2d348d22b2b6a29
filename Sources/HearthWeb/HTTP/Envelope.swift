package import HTTPTypes
package import Hummingbird
import NIOCore
package import StrictJSON

/// The answer to a successful call, which always has `success`, `status`, `code`, `message` and `data`.
///
/// `data` comes last, so that a long list can be streamed after the rest.
package enum Envelope {
    package static let contentType = "application/json; charset=utf-8"

    /// Returns an answer whose `data` is written by the closure: exactly one value.
    ///
    /// - Parameter warnings: codes of things that the caller should know although the call succeeded, such as
    ///   `NO_WEBHOOK_ENDPOINT`; omitted if there are none.
    /// - Parameter members: additional top-level members, such as `next_cursor`.
    package static func response<Failure: Error>(
        code: String,
        message: String,
        status: HTTPResponse.Status = .ok,
        warnings: [String] = [],
        members: [(String, JSONValue)] = [],
        headers: HTTPFields = [:],
        data: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) -> Response {
        try prepared(
            code: code, message: message, status: status, warnings: warnings, members: members, headers: headers,
            data: data
        ).response
    }

    /// Returns the same answer before it is sent, for writes that store it (``Idempotency``).
    package static func prepared<Failure: Error>(
        code: String,
        message: String,
        status: HTTPResponse.Status = .ok,
        warnings: [String] = [],
        members: [(String, JSONValue)] = [],
        headers: HTTPFields = [:],
        data: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) -> PreparedAnswer {
        var headers = headers
        headers[.contentType] = contentType
        return PreparedAnswer(
            status: status, headers: headers,
            body: try bytes(
                code: code, message: message, status: status, warnings: warnings, members: members, data: data))
    }

    private static func bytes<Failure: Error>(
        code: String,
        message: String,
        status: HTTPResponse.Status = .ok,
        warnings: [String] = [],
        members: [(String, JSONValue)] = [],
        data: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 1024)
        try writer.object { (writer) throws(Failure) in
            writeHead(code: code, message: message, status: status, warnings: warnings, members: members, to: &writer)
            writer.name("data")
            try data(&writer)
        }
        return writer.bytes
    }

    /// Returns everything before the value of `data`; the value and a closing brace must follow.
    package static func head(
        code: String,
        message: String,
        status: HTTPResponse.Status = .ok,
        warnings: [String] = [],
        members: [(String, JSONValue)] = []
    ) -> [UInt8] {
        var bytes = Self.bytes(code: code, message: message, status: status, warnings: warnings, members: members) {
            $0.value(raw: [])
        }
        bytes.removeLast()
        return bytes
    }

    private static func writeHead(
        code: String, message: String, status: HTTPResponse.Status, warnings: [String],
        members: [(String, JSONValue)], to writer: inout JSONWriter
    ) {
        writer.member("success", true)
        writer.member("status", status.code)
        writer.member("code", code)
        writer.member("message", message)
        if !warnings.isEmpty {
            writer.array("warnings") { writer in
                for warning in warnings { writer.value(warning) }
            }
        }
        for (name, value) in members { writer.member(name, value) }
    }
}
