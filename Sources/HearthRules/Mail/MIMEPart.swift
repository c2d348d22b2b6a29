/// A part of a MIME message (RFC 2045): its header fields and its body, as bytes.
///
/// Reads what reports need and nothing else. Any bytes are accepted; what is malformed is read as far as it makes sense.
package struct MIMEPart: Sendable {
    /// Unfolded, in order. Names in lower case.
    package let fields: [(name: String, value: String)]
    package let body: ArraySlice<UInt8>

    private static let lf = UInt8(ascii: "\n")
    private static let cr = UInt8(ascii: "\r")

    package init(_ bytes: ArraySlice<UInt8>) {
        var fields: [(name: String, value: String)] = []
        var rest = bytes
        while !rest.isEmpty {
            let line = Self.takeLine(&rest)
            if line.isEmpty { break }
            if let first = line.first, first == UInt8(ascii: " ") || first == UInt8(ascii: "\t") {
                guard let last = fields.popLast() else { continue }
                fields.append((last.name, last.value + " " + Self.text(line).trimmingWhitespace()))
            } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
                fields.append(
                    (
                        Self.text(line[..<colon]).trimmingWhitespace().lowercased(),
                        Self.text(line[(colon + 1)...]).trimmingWhitespace()
                    ))
            }
        }
        self.fields = fields
        body = rest
    }

    package func field(_ name: String) -> String? { fields.first { $0.name == name }?.value }

    /// In lower case, without parameters; `text/plain` if there is none.
    package var mediaType: String {
        let type = field("content-type")?.split(separator: ";").first.map(String.init) ?? "text/plain"
        return type.trimmingWhitespace().lowercased()
    }

    /// The parts of a multipart; empty for anything else.
    package var parts: [MIMEPart] {
        guard mediaType.hasPrefix("multipart/"), let boundary = parameter("boundary"), !boundary.isEmpty else {
            return []
        }
        let opening = Array("--\(boundary)".utf8)
        var parts: [MIMEPart] = []
        var rest = body
        var start: Int?
        while !rest.isEmpty {
            let lineStart = rest.startIndex
            let line = Self.takeLine(&rest)
            guard line.starts(with: opening) else { continue }
            if let start { parts.append(MIMEPart(body[start..<lineStart])) }
            start = rest.startIndex
            if line.dropFirst(opening.count).starts(with: Array("--".utf8)) { return parts }
        }
        if let start { parts.append(MIMEPart(body[start..<body.endIndex])) }
        return parts
    }

    /// The body without its transfer encoding.
    package var decodedBody: [UInt8] {
        switch field("content-transfer-encoding")?.lowercased() {
        case "base64": Self.base64(body)
        case "quoted-printable": Self.quotedPrintable(body)
        default: Array(body)
        }
    }

    /// A parameter of the content type.
    private func parameter(_ name: String) -> String? {
        for part in field("content-type")?.split(separator: ";").dropFirst() ?? [] {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, String(pair[0]).trimmingWhitespace().lowercased() == name else { continue }
            let value = String(pair[1]).trimmingWhitespace()
            return value.hasPrefix("\"") && value.hasSuffix("\"") && value.count >= 2
                ? String(value.dropFirst().dropLast()) : value
        }
        return nil
    }

    /// Takes a line and its end, which may be LF alone.
    private static func takeLine(_ bytes: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let end = bytes.firstIndex(of: lf) ?? bytes.endIndex
        var line = bytes[bytes.startIndex..<end]
        // An empty rest keeps its place, because parts are cut out of the body by indices.
        bytes = bytes[(end == bytes.endIndex ? end : end + 1)...]
        if line.last == cr { line = line.dropLast() }
        return line
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

    private static func base64(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var (decoded, buffer, bits): ([UInt8], UInt32, Int) = ([], 0, 0)
        for byte in bytes {
            let value: UInt8
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = byte - UInt8(ascii: "A")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = byte - UInt8(ascii: "a") + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = byte - UInt8(ascii: "0") + 52
            case UInt8(ascii: "+"): value = 62
            case UInt8(ascii: "/"): value = 63
            default: continue
            }
            buffer = buffer << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                decoded.append(UInt8(truncatingIfNeeded: buffer >> UInt32(bits)))
            }
        }
        return decoded
    }

    private static func quotedPrintable(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var decoded: [UInt8] = []
        var rest = bytes
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "=") else {
                decoded.append(byte)
                continue
            }
            if rest.first == cr { rest.removeFirst() }
            if rest.first == lf {
                rest.removeFirst()
            } else if let high = rest.first.flatMap(digit), let low = rest.dropFirst().first.flatMap(digit) {
                decoded.append(high << 4 | low)
                rest = rest.dropFirst(2)
            } else {
                decoded.append(byte)
            }
        }
        return decoded
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
