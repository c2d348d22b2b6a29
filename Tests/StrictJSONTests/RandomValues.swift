import StrictJSON
import TestSupport

extension JSONValue {
    /// A random value of at most this depth.
    static func random(depth: Int, using random: inout SeededRandom) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 6), using: &random) {
        case 0: .null
        case 1: .bool(.random(using: &random))
        case 2: .integer(Int64(bitPattern: random.next() >> UInt64.random(in: 0..<64, using: &random)))
        case 3: .double(finiteDouble(using: &random))
        case 4, 5: .string(text(using: &random))
        case 6:
            .array((0..<Int.random(in: 0..<5, using: &random)).map { _ in .random(depth: depth - 1, using: &random) })
        default: .object(.random(depth: depth - 1, using: &random))
        }
    }

    private static func finiteDouble(using random: inout SeededRandom) -> Double {
        let value = Double(bitPattern: random.next())
        return value.isFinite ? value : Double(Int64.random(in: -1000...1000, using: &random)) / 8
    }

    /// Text of letters, characters that need escapes, and the rest of Unicode, without NUL.
    static func text(using random: inout SeededRandom) -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0..<12, using: &random) {
            let range: ClosedRange<UInt32> =
                switch Int.random(in: 0..<4, using: &random) {
                case 0: 0x01...0x22
                case 1: 0x5B...0x80
                case 2: 0x80...0xFFFF
                default: 0x1_0000...0x10_FFFF
                }
            if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &random)) {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}

extension JSONObject {
    /// A random object; its names are distinct by their index.
    static func random(depth: Int, using random: inout SeededRandom) -> JSONObject {
        JSONObject(
            (0..<Int.random(in: 0..<6, using: &random)).map { index in
                Member(
                    name: JSONValue.text(using: &random) + "\(index)",
                    value: .random(depth: depth, using: &random))
            }
        )
    }
}
