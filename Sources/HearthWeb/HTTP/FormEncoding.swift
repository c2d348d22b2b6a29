/// application/x-www-form-urlencoded with every reserved character escaped and spaces as `%20`, which reads the same in a
/// query and in a body.
package enum FormEncoding {
    private static let digits = Array("0123456789ABCDEF".utf8)

    package static func encode(_ items: [(String, String)]) -> String {
        var text: [UInt8] = []
        for (name, value) in items {
            if !text.isEmpty { text.append(UInt8(ascii: "&")) }
            append(name, to: &text)
            text.append(UInt8(ascii: "="))
            append(value, to: &text)
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Percent-encodes everything but unreserved characters (RFC 3986 2.1).
    ///
    /// - Parameter keepingSlashes: whether to keep `/`, which is allowed in a query (RFC 3986 3.4) and easier to read.
    package static func escape(_ text: String, keepingSlashes: Bool = false) -> String {
        var escaped: [UInt8] = []
        append(text, keepingSlashes: keepingSlashes, to: &escaped)
        return String(decoding: escaped, as: UTF8.self)
    }

    private static func append(_ text: String, keepingSlashes: Bool = false, to output: inout [UInt8]) {
        var text = text
        text.withUTF8 { bytes in
            for byte in bytes {
                if isUnreserved(byte) || keepingSlashes && byte == UInt8(ascii: "/") {
                    output.append(byte)
                } else {
                    output.append(UInt8(ascii: "%"))
                    output.append(digits[Int(byte >> 4)])
                    output.append(digits[Int(byte & 0x0F)])
                }
            }
        }
    }

    /// RFC 3986 2.3.
    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
