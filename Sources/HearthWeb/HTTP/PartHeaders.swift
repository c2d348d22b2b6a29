/// The headers of one part of a form: the field's name, and a check that its content is plain.
struct PartHeaders {
    /// Empty until it has been read.
    private(set) var name = ""
    private var hasName = false

    /// Reads one header line without its line end.
    mutating func read(_ line: ArraySlice<UInt8>) throws(APIError) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
            throw .malformedForm("a part has a header without a colon")
        }
        guard let field = String(validating: line[..<colon], as: UTF8.self)?.lowercased(),
            let value = String(validating: line[(colon + 1)...], as: UTF8.self)
        else { throw .malformedForm("a part has a header that is not valid UTF-8") }
        switch field {
        case "content-disposition":
            guard !hasName else { throw .malformedForm("a part has two Content-Disposition headers") }
            name = try Self.name(inDisposition: value)
            hasName = true
        case "content-transfer-encoding":
            // RFC 7578, section 4.7: deprecated; only encodings that change nothing are accepted.
            let encoding = value.filter { $0 != " " && $0 != "\t" }.lowercased()
            guard ["7bit", "8bit", "binary"].contains(encoding) else {
                throw .malformedForm("a part has a Content-Transfer-Encoding")
            }
        default: break  // The Content-Type of a part is irrelevant for text.
        }
    }

    /// Returns the headers if the part has a name.
    func checked() throws(APIError) -> PartHeaders {
        guard hasName else { throw .malformedForm("a part has no Content-Disposition with a name") }
        return self
    }

    /// Returns the parameter `name` of `form-data; name="…"; filename="…"`.
    private static func name(inDisposition value: String) throws(APIError) -> String {
        var scanner = ParameterScanner(value)
        guard scanner.token().lowercased() == "form-data" else {
            throw .malformedForm("a part's Content-Disposition is not form-data")
        }
        while let parameter = scanner.parameter() {
            if parameter.name.lowercased() == "name" { return parameter.value }
        }
        throw .malformedForm("a part has no Content-Disposition with a name")
    }
}

/// Scans `token; name=value; name="quoted \" value"`.
private struct ParameterScanner {
    private var rest: Substring.UnicodeScalarView

    init(_ text: String) {
        rest = text.unicodeScalars[...]
    }

    /// Returns the text before the next separator, without surrounding white space.
    mutating func token() -> String {
        skipSpace()
        var token = String.UnicodeScalarView()
        while let scalar = rest.first, scalar != ";", scalar != "=", scalar != " ", scalar != "\t" {
            token.append(rest.removeFirst())
        }
        skipSpace()
        return String(token)
    }

    /// Returns the next parameter; nil at the end and at malformed text.
    mutating func parameter() -> (name: String, value: String)? {
        skipSpace()
        guard rest.first == ";" else { return nil }
        rest.removeFirst()
        let name = token()
        guard rest.first == "=" else { return nil }
        rest.removeFirst()
        skipSpace()
        guard rest.first == "\"" else { return (name, token()) }
        return quoted().map { (name, $0) }
    }

    private mutating func quoted() -> String? {
        rest.removeFirst()
        var text = String.UnicodeScalarView()
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\"": return String(text)
            // Only quotes and backslashes are escaped; old browsers sent Windows paths unescaped.
            case "\\" where rest.first == "\"" || rest.first == "\\": text.append(rest.removeFirst())
            default: text.append(scalar)
            }
        }
        return nil
    }

    private mutating func skipSpace() {
        while let scalar = rest.first, scalar == " " || scalar == "\t" { rest.removeFirst() }
    }
}
