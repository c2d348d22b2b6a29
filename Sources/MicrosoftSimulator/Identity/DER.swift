import Foundation

/// The part of ASN.1's distinguished encoding rules (ITU-T X.690) that a certificate needs.
enum DER {
    static func value(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        [tag] + length(content.count) + content
    }

    static func sequence(_ parts: [UInt8]...) -> [UInt8] {
        value(0x30, parts.flatMap { $0 })
    }

    static func set(_ part: [UInt8]) -> [UInt8] {
        value(0x31, part)
    }

    static func integer(_ bytes: [UInt8]) -> [UInt8] {
        let trimmed = Array(bytes.drop { $0 == 0 })
        let body = trimmed.isEmpty ? [0] : trimmed
        return value(0x02, (body.first ?? 0) >= 0x80 ? [0] + body : body)
    }

    static func boolean(_ flag: Bool) -> [UInt8] {
        value(0x01, [flag ? 0xFF : 0x00])
    }

    /// A bit string; `unused` is the number of unused bits at the end.
    static func bits(_ bytes: [UInt8], unused: UInt8 = 0) -> [UInt8] {
        value(0x03, [unused] + bytes)
    }

    static func octets(_ bytes: [UInt8]) -> [UInt8] {
        value(0x04, bytes)
    }

    static let null: [UInt8] = [0x05, 0x00]

    static func utf8(_ text: String) -> [UInt8] {
        value(0x0C, Array(text.utf8))
    }

    /// A time of a certificate.
    static func time(_ date: Date) -> [UInt8] {
        let digits = Timestamp.identity(date).filter(\.isNumber)
        // RFC 5280 section 4.1.2.5: UTCTime through the year 2049.
        return digits.prefix(4) < "2050"
            ? value(0x17, Array("\(digits.dropFirst(2))Z".utf8)) : value(0x18, Array("\(digits)Z".utf8))
    }

    /// An object identifier from its numbers.
    static func identifier(_ numbers: Int...) -> [UInt8] {
        guard numbers.count >= 2 else { return value(0x06, []) }
        var content = [UInt8(numbers[0] * 40 + numbers[1])]
        for number in numbers.dropFirst(2) {
            var groups = [UInt8(number & 0x7F)]
            var rest = number >> 7
            while rest > 0 {
                groups.insert(UInt8(rest & 0x7F) | 0x80, at: 0)
                rest >>= 7
            }
            content += groups
        }
        return value(0x06, content)
    }

    private static func length(_ count: Int) -> [UInt8] {
        guard count >= 0x80 else { return [UInt8(count)] }
        var bytes: [UInt8] = []
        var rest = count
        while rest > 0 {
            bytes.insert(UInt8(rest & 0xFF), at: 0)
            rest >>= 8
        }
        return [0x80 | UInt8(bytes.count)] + bytes
    }
}
