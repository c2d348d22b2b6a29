/// Parses `multipart/form-data` (RFC 7578 over RFC 2046, section 5.1) from bytes that are already complete and bounded.
///
/// Every part is a field; a file name is ignored and its content treated as text, because no call accepts files. Lines end
/// in CRLF, as the standard requires. Only the fields are copied, so memory stays within twice the body.
struct MultipartForm {
    /// The maximum size of one part's headers, in bytes.
    static let maximumHeaderLength = 8 * 1024
    /// The maximum number of header lines in one part.
    static let maximumHeaderCount = 16

    private static let lineEnd: [UInt8] = [0x0D, 0x0A]
    private static let dashes: [UInt8] = [UInt8(ascii: "-"), UInt8(ascii: "-")]

    private let bytes: [UInt8]
    /// CRLF, two dashes and the boundary, which end a part.
    private let delimiter: [UInt8]
    private var position = 0

    /// Parses a body. The boundary must be valid by RFC 2046 (see ``BodyMediaType``).
    static func parse(_ bytes: [UInt8], boundary: String) throws(APIError) -> FormFields {
        var form = MultipartForm(bytes: bytes, boundary: boundary)
        return try form.fields()
    }

    private init(bytes: [UInt8], boundary: String) {
        self.bytes = bytes
        delimiter = Self.lineEnd + Self.dashes + boundary.utf8
    }

    private mutating func fields() throws(APIError) -> FormFields {
        var form = FormFields()
        try skipPreamble()
        while try !isClosed() {
            let headers = try headers()
            guard let end = find(delimiter) else { throw .malformedForm("the closing boundary is missing") }
            let content = bytes[position..<end]
            position = end + delimiter.count
            guard let text = String(validating: content, as: UTF8.self) else {
                throw .malformedForm("a field is not valid UTF-8")
            }
            try form.append(name: headers.name, text: text)
        }
        return form
    }

    /// Skips the first delimiter, which may be at the very beginning, without a line end before it.
    private mutating func skipPreamble() throws(APIError) {
        let first = delimiter.dropFirst(Self.lineEnd.count)
        if bytes.starts(with: first) {
            position = first.count
        } else if let start = find(delimiter) {
            position = start + delimiter.count
        } else {
            throw .malformedForm("the boundary named in Content-Type does not occur")
        }
    }

    /// Reads the text after a delimiter: two dashes at the end of the form, otherwise white space and a line end.
    private mutating func isClosed() throws(APIError) -> Bool {
        if bytes[position...].starts(with: Self.dashes) { return true }
        while position < bytes.count, bytes[position] == 0x20 || bytes[position] == 0x09 { position += 1 }
        guard bytes[position...].starts(with: Self.lineEnd) else {
            throw .malformedForm("a boundary is not followed by a line end")
        }
        position += Self.lineEnd.count
        return false
    }

    /// Reads the headers of a part and the empty line after them.
    private mutating func headers() throws(APIError) -> PartHeaders {
        let start = position
        var headers = PartHeaders()
        for _ in 0...Self.maximumHeaderCount {
            guard let end = find(Self.lineEnd, within: Self.maximumHeaderLength - (position - start)) else {
                throw .malformedForm("the headers of a part are too long or not complete")
            }
            let line = bytes[position..<end]
            position = end + Self.lineEnd.count
            if line.isEmpty {
                // The delimiter may follow at once; its line end is then that of the empty line.
                if bytes[(position - Self.lineEnd.count)...].starts(with: delimiter) {
                    position -= Self.lineEnd.count
                }
                return try headers.checked()
            }
            try headers.read(line)
        }
        throw .malformedForm("a part has more than \(Self.maximumHeaderCount) headers")
    }

    /// Finds the next occurrence of a pattern that starts with CR and contains no other CR. After a mismatch no byte needs to
    /// be examined again, so the time is linear for any input.
    private func find(_ pattern: [UInt8], within limit: Int = .max) -> Int? {
        let last = bytes.count - pattern.count
        var index = position
        while index <= last, index - position <= limit {
            guard let next = bytes[index...last].firstIndex(of: 0x0D), next - position <= limit else { return nil }
            if bytes[next...].starts(with: pattern) { return next }
            index = next + 1
        }
        return nil
    }
}
