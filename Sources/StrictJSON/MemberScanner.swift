/// Finds the byte ranges of the values of the root object's members.
///
/// Assumes that the bytes are a valid JSON object: it only runs on text that the parser has accepted.
struct MemberScanner {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Returns the bytes of the value of the member with that index, without surrounding white space.
    mutating func value(ofMemberAt index: Int) -> Range<Int>? {
        skipWhiteSpace()
        position += 1  // the opening brace
        for current in 0...index {
            skipWhiteSpace()
            skipString()
            skipWhiteSpace()
            position += 1  // the colon
            skipWhiteSpace()
            let start = position
            skipValue()
            guard position <= bytes.count else { return nil }
            if current == index { return start..<position }
            skipWhiteSpace()
            position += 1  // the comma
        }
        return nil
    }

    private mutating func skipWhiteSpace() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            position += 1
        }
    }

    private mutating func skipString() {
        position += 1
        while let byte = current, byte != UInt8(ascii: "\"") {
            position += byte == UInt8(ascii: "\\") ? 2 : 1
        }
        position += 1
    }

    private mutating func skipValue() {
        switch current {
        case UInt8(ascii: "\""): skipString()
        case UInt8(ascii: "{"), UInt8(ascii: "["): skipContainer()
        default: skipWord()
        }
    }

    private mutating func skipContainer() {
        var depth = 0
        repeat {
            switch current {
            case UInt8(ascii: "\""):
                skipString()
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
            position += 1
        } while depth > 0 && position < bytes.count
    }

    /// A number, `true`, `false` or `null` ends at white space, a comma or the closing brace.
    private mutating func skipWord() {
        while let byte = current, byte > 0x20, byte != UInt8(ascii: ","), byte != UInt8(ascii: "}") {
            position += 1
        }
    }

    private var current: UInt8? {
        position < bytes.count ? bytes[position] : nil
    }
}
