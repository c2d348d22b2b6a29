package import Foundation

/// A Swift value that can be bound to a placeholder.
package protocol PostgresEncodable {
    static var postgresType: PostgresType { get }
    var parameter: Parameter { get }
}

extension PostgresEncodable {
    fileprivate func text(_ value: String) -> Parameter { Parameter(type: Self.postgresType, value: .text(value)) }
}

/// The server narrows `bigint` to `integer` and `smallint` columns, and rejects values out of range.
extension Int: PostgresEncodable {
    package static var postgresType: PostgresType { .int8 }
    package var parameter: Parameter { text(String(self)) }
}

extension Int64: PostgresEncodable {
    package static var postgresType: PostgresType { .int8 }
    package var parameter: Parameter { text(String(self)) }
}

extension Int32: PostgresEncodable {
    package static var postgresType: PostgresType { .int4 }
    package var parameter: Parameter { text(String(self)) }
}

extension Bool: PostgresEncodable {
    package static var postgresType: PostgresType { .bool }
    package var parameter: Parameter { text(self ? "t" : "f") }
}

extension Double: PostgresEncodable {
    package static var postgresType: PostgresType { .float8 }
    package var parameter: Parameter { text(description) }
}

extension String: PostgresEncodable {
    package static var postgresType: PostgresType { .text }
    package var parameter: Parameter { text(self) }
}

extension UUID: PostgresEncodable {
    package static var postgresType: PostgresType { .uuid }
    package var parameter: Parameter { text(uuidString) }
}

/// `timestamptz` in microseconds since 2000-01-01 UTC, as 64 big-endian bits. From 2106 on a `Date` itself has a coarser
/// resolution.
extension Date: PostgresEncodable {
    package static var postgresType: PostgresType { .timestamptz }
    package var parameter: Parameter {
        // A date that does not fit in 64 bits, such as one made of NaN, is left for the server to reject (22007).
        guard let since1970 = Int64(exactly: (timeIntervalSince1970 * 1_000_000).rounded()) else {
            return text("not a date")
        }
        let microseconds = since1970.subtractingReportingOverflow(PostgresEpoch.microseconds).partialValue
        return Parameter(
            type: .timestamptz, value: .binary(withUnsafeBytes(of: microseconds.bigEndian, Array.init)))
    }
}

/// The server's epoch, 2000-01-01 UTC, in microseconds after 1970.
enum PostgresEpoch {
    static let microseconds: Int64 = 946_684_800_000_000
}

/// The text of a `json` column, unchanged in both directions.
package struct JSONText: Sendable, Equatable, PostgresEncodable {
    package var text: String

    package init(text: String) { self.text = text }

    package static var postgresType: PostgresType { .json }
    package var parameter: Parameter { Parameter(type: .json, value: .text(text)) }
}

/// Enumerations are bound as their raw values.
extension PostgresEncodable where Self: RawRepresentable, RawValue: PostgresEncodable {
    package static var postgresType: PostgresType { RawValue.postgresType }
    package var parameter: Parameter { rawValue.parameter }
}
