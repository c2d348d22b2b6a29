/// Parses `application/x-www-form-urlencoded` (WHATWG URL, section 5.1), but rejects what that standard would repair:
/// broken percent escapes and bytes that are not UTF-8.
enum URLEncodedForm {
    /// Parses a body or a query. The caller must limit the input's size.
    static func parse(_ bytes: some Collection<UInt8>) throws(APIError) -> FormFields {
        var form = FormFields()
        for pair in bytes.split(separator: UInt8(ascii: "&")) {
            let equals = pair.firstIndex(of: UInt8(ascii: "="))
            let name = try decode(pair[..<(equals ?? pair.endIndex)])
            let text =
                try equals.map { (index) throws(APIError) in try decode(pair[pair.index(after: index)...]) } ?? ""
            try form.append(name: name, text: text)
        }
        return form
    }

    private static func decode(_ bytes: some Collection<UInt8>) throws(APIError) -> String {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var iterator = bytes.makeIterator()
        while let byte = iterator.next() {
            switch byte {
            case UInt8(ascii: "+"): decoded.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = iterator.next()?.hexadecimalDigit, let low = iterator.next()?.hexadecimalDigit else {
                    throw .malformedForm("a percent sign is not followed by two hexadecimal digits")
                }
                decoded.append(high << 4 | low)
            default: decoded.append(byte)
            }
        }
        guard let text = String(validating: decoded, as: UTF8.self) else {
            throw .malformedForm("a field is not valid UTF-8")
        }
        return text
    }
}

extension UInt8 {
    /// The value of an ASCII hexadecimal digit.
    var hexadecimalDigit: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
