import HTTPTypes
import StrictJSON
import Testing

@testable import HearthWeb

typealias Body = ParsedBody

/// Writes and decodes request bodies for tests.
enum Bodies {
    static let boundary = "----hearth"

    /// Decodes a body with or without a `Content-Type`.
    static func decode(
        _ text: String, _ contentType: String?, headers: HTTPFields = [:], allowsArray: Bool = false
    ) throws(APIError) -> Body {
        var headers = headers
        headers[.contentType] = contentType
        return try Body.decode(Array(text.utf8), headers: headers, allowsArray: allowsArray)
    }

    static func json(_ text: String) throws(APIError) -> Body {
        try decode(text, "application/json")
    }

    static func form(_ text: String) throws(APIError) -> Body {
        try decode(text, "application/x-www-form-urlencoded")
    }

    static func multipart(_ text: String) throws(APIError) -> Body {
        try decode(text, "multipart/form-data; boundary=\(boundary)")
    }

    /// Returns a complete multipart body with these fields.
    static func multipartText(_ fields: [(String, String)]) -> String {
        fields.map { "--\(boundary)\r\nContent-Disposition: form-data; name=\"\($0.0)\"\r\n\r\n\($0.1)\r\n" }.joined()
            + "--\(boundary)--\r\n"
    }

    /// Returns a decoded body as JSON text.
    static func text(_ body: Body) -> String {
        String(decoding: JSONWriter.bytes(of: body.value), as: UTF8.self)
    }

    /// Returns the error that decoding throws; nil if it succeeds.
    static func refusal(_ decode: () throws -> Body) -> APIError? {
        do {
            _ = try decode()
            return nil
        } catch {
            return error as? APIError
        }
    }
}
