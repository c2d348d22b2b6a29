/// The text form of arrays (PostgreSQL manual 8.15.6).
enum ArrayText {
    /// Quotes an element. Always quoting means that commas, braces, white space and the word NULL need no special case.
    static func quote(_ element: String) -> String {
        var quoted = "\""
        for scalar in element.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { quoted.unicodeScalars.append("\\") }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }

    /// Returns the elements of a one-dimensional array, with nil for each NULL. Returns nil if the text is not such an array.
    static func elements(_ bytes: UnsafeRawBufferPointer) -> [String?]? {
        guard bytes.count >= 2, bytes[0] == UInt8(ascii: "{"), bytes[bytes.count - 1] == UInt8(ascii: "}") else {
            return nil
        }
        var reader = Reader(bytes: bytes[1..<(bytes.count - 1)])
        return reader.elements()
    }

    /// Parses the text between the outer braces.
    private struct Reader {
        var bytes: Slice<UnsafeRawBufferPointer>

        mutating func elements() -> [String?]? {
            var elements: [String?] = []
            while !bytes.isEmpty {
                guard let element = element() else { return nil }
                elements.append(element)
                guard let comma = bytes.popFirst() else { return elements }
                // An element must be followed by a comma or the end, and a comma by an element.
                guard comma == UInt8(ascii: ","), !bytes.isEmpty else { return nil }
            }
            return elements
        }

        /// Returns nil if the element is malformed, `.some(nil)` if it is NULL.
        private mutating func element() -> String?? {
            guard bytes.first == UInt8(ascii: "\"") else { return bareElement() }
            bytes.removeFirst()
            var text: [UInt8] = []
            while let byte = bytes.popFirst() {
                if byte == UInt8(ascii: "\"") { return String(decoding: text, as: UTF8.self) }
                if byte == UInt8(ascii: "\\") {
                    guard let escaped = bytes.popFirst() else { return nil }
                    text.append(escaped)
                } else {
                    text.append(byte)
                }
            }
            return nil
        }

        private mutating func bareElement() -> String?? {
            let text = bytes.prefix { $0 != UInt8(ascii: ",") }
            bytes = bytes.dropFirst(text.count)
            let special = [UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "\""), UInt8(ascii: "\\")]
            guard !text.isEmpty, !text.contains(where: special.contains) else { return nil }
            let element = String(decoding: text, as: UTF8.self)
            return element == "NULL" ? .some(nil) : element
        }
    }
}
