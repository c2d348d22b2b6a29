package import HTTPTypes
package import Hummingbird
import NIOCore
package import StrictJSON

/// The body of a write as one tree of values, whichever of the three encodings it was sent in.
///
/// An object for forms and for JSON; an array only if the route allows one. Forms contain only strings; ``Fields``
/// reads numbers and booleans from either. An empty body is an empty form whatever its `Content-Type`: common
/// clients send `multipart/form-data` without a boundary on calls without a body.
package struct ParsedBody: Sendable {
    /// An object, or an array if allowed.
    package let value: JSONValue
    /// The parsed text, if it was JSON.
    private let document: JSONDocument?
    /// The names that occurred more than once in a form; their values are lists. A field that is not a list uses the
    /// last value.
    let repeatedNames: Set<String>

    /// A form without fields.
    package static let empty = ParsedBody(form: JSONObject([]))

    package init(form: JSONObject, repeatedNames: Set<String> = []) {
        value = .object(form)
        document = nil
        self.repeatedNames = repeatedNames
    }

    package init(json: JSONDocument) {
        value = json.value
        document = json
        repeatedNames = []
    }

    /// The members; empty if the body is an array.
    package var object: JSONObject { value.asObject ?? JSONObject([]) }

    /// Returns the value of a member that is not a list.
    package func single(_ name: String) -> JSONValue? {
        guard repeatedNames.contains(name) else { return object[name] }
        return object[name]?.asArray?.last
    }

    /// Returns the JSON text of one member.
    ///
    /// In a JSON body it is exactly as sent. In a form, a string that is itself a JSON object or array is returned
    /// unchanged, bracketed fields become an object, and any other string becomes a JSON string.
    func rawText(ofMember name: String) -> String? {
        if let document { return document.rawText(ofMember: name) }
        guard let value = single(name) else { return nil }
        if let text = value.asString, (try? JSONParser().parse(Array(text.utf8))) != nil { return text }
        return String(decoding: JSONWriter.bytes(of: value), as: UTF8.self)
    }
}

extension ParsedBody {
    /// Reads the body of a request.
    ///
    /// The time limit is enforced by ``ConnectionGuard``, which closes the connection when it is exceeded.
    ///
    /// - Parameter allowsArray: whether the root of a JSON body may be an array.
    /// - Throws: ``APIError`` with 413, 415 or 400.
    package static func read(
        _ request: Request, context: some RequestContext, allowsArray: Bool = false
    ) async throws -> ParsedBody {
        let bytes = try await bytes(of: request, maximum: context.maxUploadSize)
        return try decode(bytes, headers: request.headers, allowsArray: allowsArray)
    }

    /// Collects the bytes, up to the maximum.
    private static func bytes(of request: Request, maximum: Int) async throws -> [UInt8] {
        let announced = request.headers[.contentLength].flatMap { Int($0) }
        if let announced, announced > maximum { throw APIError.payloadTooLarge(maximumBytes: maximum) }
        var bytes: [UInt8] = []
        if let announced { bytes.reserveCapacity(announced) }
        for try await part in request.body {
            guard bytes.count + part.readableBytes <= maximum else {
                throw APIError.payloadTooLarge(maximumBytes: maximum)
            }
            bytes.append(contentsOf: part.readableBytesView)
        }
        // The server treats the end of a connection within a body as the end of the body.
        if let announced, announced != bytes.count { throw APIError.incompleteBody }
        return bytes
    }

    /// Decodes a complete body.
    package static func decode(_ bytes: [UInt8], headers: HTTPFields, allowsArray: Bool = false) throws(APIError)
        -> ParsedBody
    {
        if bytes.isEmpty { return .empty }
        if let coding = headers[.contentEncoding], coding.lowercased() != "identity" {
            throw .unsupportedMediaType("Send the body without Content-Encoding.")
        }
        guard let contentType = headers[.contentType] else {
            guard looksLikeJSON(bytes) else { throw .unsupportedMediaType() }
            return try decodeJSON(bytes, allowsArray: allowsArray)
        }
        guard let mediaType = BodyMediaType(contentType) else { throw .unsupportedMediaType() }
        switch mediaType {
        case .json:
            return try decodeJSON(bytes, allowsArray: allowsArray)
        case .urlEncoded:
            if looksLikeJSON(bytes) {
                throw .unsupportedMediaType(
                    "The body looks like JSON but Content-Type says it is a form. Send \"Content-Type: application/json\"."
                )
            }
            return try URLEncodedForm.parse(bytes).body()
        case .multipart(let boundary):
            guard let boundary else { throw .malformedForm("Content-Type has no valid boundary") }
            return try MultipartForm.parse(bytes, boundary: boundary).body()
        }
    }

    private static func decodeJSON(_ bytes: [UInt8], allowsArray: Bool) throws(APIError) -> ParsedBody {
        let document: JSONDocument
        do {
            document = try JSONParser().parse(bytes)
        } catch {
            throw .malformedJSON(error)
        }
        if document.value.asObject == nil && !allowsArray {
            throw .wrongRoot(expected: "a JSON object")
        }
        return ParsedBody(json: document)
    }

    private static func looksLikeJSON(_ bytes: [UInt8]) -> Bool {
        let first = bytes.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
        return first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
    }
}
