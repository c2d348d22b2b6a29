public import Foundation

/// An element of a column read as a Swift array: a byte of `bytea`, or an element of `bigint[]`, `text[]` or
/// `timestamptz[]`.
public protocol PostgresArrayElement {
    static var arrayType: PostgresType { get }
    static func encode(_ array: [Self]) -> Parameter.Value
    static func decodeArray(_ bytes: UnsafeRawBufferPointer) -> [Self]?
}

extension Array: PostgresEncodable where Element: PostgresArrayElement {
    package static var postgresType: PostgresType { Element.arrayType }
    package var parameter: Parameter { Parameter(type: Element.arrayType, value: Element.encode(self)) }
}

extension Array: PostgresDecodable where Element: PostgresArrayElement {
    public static func decode(_ bytes: UnsafeRawBufferPointer) -> [Element]? { Element.decodeArray(bytes) }
}

extension UInt8: PostgresArrayElement {
    public static var arrayType: PostgresType { .bytea }
    public static func encode(_ array: [UInt8]) -> Parameter.Value { .binary(array) }

    /// Decodes `\x` followed by two hex digits per byte.
    public static func decodeArray(_ bytes: UnsafeRawBufferPointer) -> [UInt8]? {
        guard bytes.count >= 2, bytes.count.isMultiple(of: 2), bytes[0] == UInt8(ascii: "\\"),
            bytes[1] == UInt8(ascii: "x")
        else { return nil }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count / 2 - 1)
        for index in stride(from: 2, to: bytes.count, by: 2) {
            guard let high = hexDigit(bytes[index]), let low = hexDigit(bytes[index + 1]) else { return nil }
            decoded.append(high << 4 | low)
        }
        return decoded
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}

extension Int64: PostgresArrayElement {
    public static var arrayType: PostgresType { .int8Array }
    public static func encode(_ array: [Int64]) -> Parameter.Value {
        .text("{" + array.map(String.init).joined(separator: ",") + "}")
    }

    public static func decodeArray(_ bytes: UnsafeRawBufferPointer) -> [Int64]? {
        guard let texts = ArrayText.elements(bytes) else { return nil }
        let values = texts.compactMap { $0.flatMap { Int64($0) } }
        return values.count == texts.count ? values : nil
    }
}

extension Int: PostgresArrayElement {
    public static var arrayType: PostgresType { .int8Array }
    public static func encode(_ array: [Int]) -> Parameter.Value { Int64.encode(array.map(Int64.init)) }

    public static func decodeArray(_ bytes: UnsafeRawBufferPointer) -> [Int]? {
        Int64.decodeArray(bytes)?.map(Int.init)
    }
}

extension Date: PostgresArrayElement {
    public static var arrayType: PostgresType { .timestamptzArray }

    /// The binary form (the server's `array_send`): the number of dimensions, whether there are NULLs, the element type, the
    /// length and the first index; then each element, preceded by its size.
    public static func encode(_ array: [Date]) -> Parameter.Value {
        var bytes: [UInt8] = []
        func append(_ number: Int32) { withUnsafeBytes(of: number.bigEndian) { bytes += $0 } }
        for number in [array.isEmpty ? 0 : 1, 0, Int32(PostgresType.timestamptz.oid)] { append(number) }
        if !array.isEmpty { for number in [Int32(clamping: array.count), 1] { append(number) } }
        for date in array {
            // Left for the server to reject, as for a single date.
            guard case .binary(let element) = date.parameter.value else { return date.parameter.value }
            append(Int32(element.count))
            bytes += element
        }
        return .binary(bytes)
    }

    public static func decodeArray(_ bytes: UnsafeRawBufferPointer) -> [Date]? {
        guard let texts = ArrayText.elements(bytes) else { return nil }
        let dates = texts.compactMap { text in
            text.flatMap { text in Array(text.utf8).withUnsafeBytes(Date.decode) }
        }
        return dates.count == texts.count ? dates : nil
    }
}

extension String: PostgresArrayElement {
    public static var arrayType: PostgresType { .textArray }
    public static func encode(_ array: [String]) -> Parameter.Value {
        .text("{" + array.map(ArrayText.quote).joined(separator: ",") + "}")
    }

    /// Returns nil if an element is NULL; read such a column as `[String?]`.
    public static func decodeArray(_ bytes: UnsafeRawBufferPointer) -> [String]? {
        guard let texts = ArrayText.elements(bytes) else { return nil }
        let values = texts.compactMap(\.self)
        return values.count == texts.count ? values : nil
    }
}

/// `text[]` with NULL among its elements.
extension Optional: PostgresArrayElement where Wrapped == String {
    public static var arrayType: PostgresType { .textArray }
    public static func encode(_ array: [String?]) -> Parameter.Value {
        .text("{" + array.map { $0.map(ArrayText.quote) ?? "NULL" }.joined(separator: ",") + "}")
    }

    public static func decodeArray(_ bytes: UnsafeRawBufferPointer) -> [String?]? { ArrayText.elements(bytes) }
}
