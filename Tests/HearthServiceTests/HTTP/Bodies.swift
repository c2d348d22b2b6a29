import HTTPTypes
import StrictJSON
import Testing

@testable import HearthWeb

typealias Body = ParsedBody

/// Bodies as tests write them.
enum Bodies {
    static let boundary = "----hearth"

    /// Decodes a body with a `Content-Type`, or without any.
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

    /// A whole multipart body of these fields.
    static func multipartText(_ fields: [(String, String)]) -> String {
        fields.map { "--\(boundary)\r\nContent-Disposition: form-data; name=\"\($0.0)\"\r\n\r\n\($0.1)\r\n" }.joined()
            + "--\(boundary)--\r\n"
    }

    /// The JSON text of what was decoded.
    static func text(_ body: Body) -> String {
        String(decoding: JSONWriter.bytes(of: body.value), as: UTF8.self)
    }

    /// The refusal that decoding ends in.
    static func refusal(_ decode: () throws -> Body) -> APIError? {
        do {
            _ = try decode()
            return nil
        } catch {
            return error as? APIError
        }
    }
}
