/// The supported media types of requests (RFC 9110, section 8.3), with the relevant parameter.
enum BodyMediaType: Equatable {
    /// `application/json` and `application/…+json`.
    case json
    /// `application/x-www-form-urlencoded`
    case urlEncoded
    /// `multipart/form-data`; the boundary is nil if it is missing or invalid by RFC 2046, section 5.1.1.
    case multipart(boundary: String?)

    /// Parses the value of `Content-Type`. Returns nil for other types, and for character sets other than UTF-8.
    init?(_ header: String) {
        var parts = Self.split(header)[...]
        let essence = Self.trimmed(parts.removeFirst()).lowercased()
        var parameters: [String: String] = [:]
        for part in parts {
            guard let equals = part.firstIndex(of: "=") else { continue }
            let name = Self.trimmed(part[..<equals]).lowercased()
            if parameters[name] == nil {
                parameters[name] = Self.unquoted(Self.trimmed(part[part.index(after: equals)...]))
            }
        }
        if let charset = parameters["charset"]?.lowercased(), !["utf-8", "utf8", "us-ascii"].contains(charset) {
            return nil
        }
        switch essence {
        case "application/json": self = .json
        case "application/x-www-form-urlencoded": self = .urlEncoded
        case "multipart/form-data":
            self = .multipart(boundary: parameters["boundary"].flatMap { Self.isBoundary($0) ? $0 : nil })
        default:
            guard essence.hasPrefix("application/"), essence.hasSuffix("+json") else { return nil }
            self = .json
        }
    }

    /// Splits at semicolons outside quotes; never empty.
    private static func split(_ header: String) -> [Substring] {
        var parts: [Substring] = []
        var start = header.startIndex
        var isQuoted = false
        var isEscaped = false
        for index in header.utf8.indices {
            let byte = header.utf8[index]
            if isEscaped {
                isEscaped = false
            } else if isQuoted && byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if byte == UInt8(ascii: ";") && !isQuoted {
                parts.append(header[start..<index])
                start = header.utf8.index(after: index)
            }
        }
        parts.append(header[start...])
        return parts
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }

    /// Returns the content of a quoted-string (RFC 9110, section 5.6.4), or other text unchanged.
    private static func unquoted(_ text: Substring) -> String {
        guard text.count >= 2, text.first == "\"", text.last == "\"" else { return String(text) }
        var result = ""
        var isEscaped = false
        for character in text.dropFirst().dropLast() {
            if !isEscaped && character == "\\" {
                isEscaped = true
            } else {
                isEscaped = false
                result.append(character)
            }
        }
        return result
    }

    /// 1 to 70 of the characters allowed by RFC 2046, section 5.1.1, not ending in a space.
    private static func isBoundary(_ text: String) -> Bool {
        guard (1...70).contains(text.utf8.count), text.last != " " else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"):
                true
            default: "'()+_,-./:=? ".utf8.contains(byte)
            }
        }
    }
}
