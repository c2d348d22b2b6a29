import Foundation

/// `application/x-www-form-urlencoded` fields in order: a query string or a form body.
struct FormFields: Sendable {
    private(set) var pairs: [(name: String, value: String)] = []

    init() {}

    init(_ pairs: [(String, String)]) {
        self.pairs = pairs.map { (name: $0.0, value: $0.1) }
    }

    /// Parses `a=b&c=d`; a plus sign is a space, an invalid escape is kept as it is.
    init(parsing text: some StringProtocol) {
        for part in text.split(separator: "&") {
            let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = halves.count > 1 ? Self.decode(halves[1]) : ""
            pairs.append((name: Self.decode(halves[0]), value: value))
        }
    }

    /// The first value under `name`; an empty one counts as absent, as at Microsoft.
    subscript(name: String) -> String? {
        pairs.first { $0.name == name && !$0.value.isEmpty }?.value
    }

    mutating func append(_ name: String, _ value: String) {
        pairs.append((name: name, value: value))
    }

    mutating func remove(_ name: String) {
        pairs.removeAll { $0.name == name }
    }

    /// The encoding of Microsoft's redirects: `+` for a space, lower-case hexadecimal.
    var encoded: String {
        pairs.map { "\(Self.encode($0.name))=\(Self.encode($0.value))" }.joined(separator: "&")
    }

    static func encode(_ text: String) -> String {
        var bytes: [UInt8] = []
        let digits = Array("0123456789abcdef".utf8)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                bytes.append(byte)
            case UInt8(ascii: " "):
                bytes.append(UInt8(ascii: "+"))
            default:
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 0x0F)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func decode(_ text: some StringProtocol) -> String {
        percentDecode(text.replacingOccurrences(of: "+", with: " "))
    }

    /// Decodes only percent-escapes, as in a path segment.
    static func percentDecode(_ text: some StringProtocol) -> String {
        text.removingPercentEncoding ?? String(text)
    }
}
