public import Foundation

/// A Swift value that can be read from a column. `bytes` is the server's text form.
public protocol PostgresDecodable {
    static func decode(_ bytes: UnsafeRawBufferPointer) -> Self?
}

extension Int: PostgresDecodable {
    public static func decode(_ bytes: UnsafeRawBufferPointer) -> Int? {
        Int64.decode(bytes).flatMap(Int.init(exactly:))
    }
}

extension Int32: PostgresDecodable {
    public static func decode(_ bytes: UnsafeRawBufferPointer) -> Int32? {
        Int64.decode(bytes).flatMap(Int32.init(exactly:))
    }
}

/// Written by hand to avoid creating a string, because most columns are integers.
extension Int64: PostgresDecodable {
    public static func decode(_ bytes: UnsafeRawBufferPointer) -> Int64? {
        var value: Int64 = 0
        var digits = bytes[...]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative { digits = digits.dropFirst() }
        guard !digits.isEmpty else { return nil }
        for byte in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflows) = product.subtractingReportingOverflow(Int64(byte - UInt8(ascii: "0")))
            if overflow || overflows { return nil }
            value = sum
        }
        if isNegative { return value }
        return value == .min ? nil : -value
    }
}

extension Bool: PostgresDecodable {
    public static func decode(_ bytes: UnsafeRawBufferPointer) -> Bool? {
        guard bytes.count == 1 else { return nil }
        return switch bytes[0] {
        case UInt8(ascii: "t"): true
        case UInt8(ascii: "f"): false
        default: nil
        }
    }
}

extension Double: PostgresDecodable {
    public static func decode(_ bytes: UnsafeRawBufferPointer) -> Double? {
        Double(String(decoding: bytes, as: UTF8.self))
    }
}

extension String: PostgresDecodable {
    public static func decode(_ bytes: UnsafeRawBufferPointer) -> String? { String(decoding: bytes, as: UTF8.self) }
}

extension UUID: PostgresDecodable {
    public static func decode(_ bytes: UnsafeRawBufferPointer) -> UUID? {
        UUID(uuidString: String(decoding: bytes, as: UTF8.self))
    }
}

extension Date: PostgresDecodable {
    public static func decode(_ bytes: UnsafeRawBufferPointer) -> Date? {
        TimestampText.microseconds(bytes).map { Date(timeIntervalSince1970: Double($0) / 1_000_000) }
    }
}

extension JSONText: PostgresDecodable {
    public static func decode(_ bytes: UnsafeRawBufferPointer) -> JSONText? {
        JSONText(text: String(decoding: bytes, as: UTF8.self))
    }
}

extension PostgresDecodable where Self: RawRepresentable, RawValue: PostgresDecodable {
    @inlinable
    public static func decode(_ bytes: UnsafeRawBufferPointer) -> Self? {
        RawValue.decode(bytes).flatMap(Self.init(rawValue:))
    }
}
