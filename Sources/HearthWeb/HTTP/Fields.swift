package import StrictJSON

/// Reads the members of a body or a query one by one and collects **every** problem, so that a caller can fix them all at
/// once.
///
/// A name may have aliases; the first spelling that is present counts (snake_case first). `null` counts as absent.
/// Unknown members are ignored. Numbers and booleans may be strings, because forms only have strings. Messages say what is
/// expected and never repeat what was sent.
package struct Fields {
    private let object: JSONObject
    private let body: ParsedBody?
    /// The path of these fields in the request, such as `settings.`; empty at the top level.
    private let prefix: String
    package private(set) var problems: [FieldProblem] = []

    package init(_ body: ParsedBody) {
        self.init(object: body.object, body: body, prefix: "")
    }

    /// Creates a reader for the parameters of a query.
    ///
    /// - Throws: 400 `MALFORMED_FORM` if it cannot be decoded.
    package init(query: String?) throws(APIError) {
        let object = try URLEncodedForm.parse(Array((query ?? "").utf8)).tree()
        self.init(object: object, body: nil, prefix: "")
    }

    private init(object: JSONObject, body: ParsedBody?, prefix: String) {
        self.object = object
        self.body = body
        self.prefix = prefix
    }

    /// Adds a problem found by the caller.
    package mutating func problem(_ field: String, _ message: String) {
        problems.append(FieldProblem(field: prefix + field, message: message))
    }

    /// Ends reading.
    ///
    /// - Throws: 400 `VALIDATION_FAILED` with all problems, if there are any.
    package func validated() throws(APIError) {
        if !problems.isEmpty { throw .validation(problems) }
    }

    /// Returns the first spelling that is present and not `null`, and its value.
    ///
    /// - Parameters:
    ///   - required: whether absence is a problem.
    ///   - isList: whether a name repeated in a form is a list; otherwise its last value counts.
    package mutating func find(
        _ name: String, or aliases: [String?], required: Bool, isList: Bool = false
    ) -> (name: String, value: JSONValue)? {
        if let value = value(name, isList: isList) { return (name, value) }
        for case let alias? in aliases {
            if let value = value(alias, isList: isList) { return (alias, value) }
        }
        if required { problem(name, "is required") }
        return nil
    }

    private func value(_ spelling: String, isList: Bool) -> JSONValue? {
        let value = isList ? object[spelling] : body?.single(spelling) ?? object[spelling]
        return value?.isNull == true ? nil : value
    }

    /// Reads a nested object with its own reader; its problems are named `name.member`.
    package mutating func group<Result>(
        _ name: String, or aliases: String?..., required: Bool = false, read: (inout Fields) -> Result
    ) -> Result? {
        guard let found = find(name, or: aliases, required: required) else { return nil }
        // A form sends it in bracket notation, or as JSON text.
        guard let object = found.value.asObject ?? found.value.ofText?.asObject else {
            problem(found.name, "must be an object")
            return nil
        }
        var inner = Fields(object: object, body: nil, prefix: prefix + found.name + ".")
        let result = read(&inner)
        problems += inner.problems
        return result
    }

    /// Reads a value of any type as JSON text, to be stored unchanged.
    ///
    /// - Parameter limit: the maximum length of the text in bytes.
    /// - Returns: the value and its text, which is exactly as sent if the body was JSON (see
    ///   ``ParsedBody/rawText(ofMember:)``).
    package mutating func json(
        _ name: String, or aliases: String?..., required: Bool = false, limit: Int
    ) -> (text: String, value: JSONValue)? {
        guard let found = find(name, or: aliases, required: required) else { return nil }
        let text =
            body?.rawText(ofMember: found.name) ?? String(decoding: JSONWriter.bytes(of: found.value), as: UTF8.self)
        guard text.utf8.count <= limit else {
            problem(found.name, "must be at most \(limit) bytes of JSON")
            return nil
        }
        guard !found.value.containsNUL else {
            problem(found.name, "must not contain NUL characters")
            return nil
        }
        // A form field that contains JSON text stands for that JSON.
        if found.value.asString != nil, let document = try? JSONParser().parse(Array(text.utf8)) {
            return (text, document.value)
        }
        return (text, found.value)
    }
}

extension JSONValue {
    /// The elements of a list. A form sends it as JSON text, or as fields with one element's JSON text each.
    package var elements: [JSONValue]? {
        let list = asArray ?? ofText.map { $0.asArray ?? [$0] }
        return list?.map { $0.ofText ?? $0 }
    }

    /// The value of a string that is JSON text.
    fileprivate var ofText: JSONValue? {
        asString.flatMap { try? JSONParser().parse(Array($0.utf8)).value }
    }

    /// Whether any string in the value, including names, contains NUL, which PostgreSQL cannot store.
    fileprivate var containsNUL: Bool {
        switch self {
        case .string(let text): text.utf8.contains(0)
        case .array(let elements): elements.contains(where: \.containsNUL)
        case .object(let object): object.members.contains { $0.name.utf8.contains(0) || $0.value.containsNUL }
        default: false
        }
    }
}

/// A problem with one field of a request. The message never repeats what was sent.
package struct FieldProblem: Sendable, Equatable {
    /// The field as the caller spelled it; nested fields as `settings.from`, elements as `tags[2]`.
    package let field: String
    /// The requirement, as a clause: "must be between 0 and 100".
    package let message: String

    package init(field: String, message: String) {
        self.field = field
        self.message = message
    }
}
