/// A column that does not hold what the code expects. It never carries the value.
package struct DecodingFailure: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Reason: Sendable { case noSuchColumn, null, unreadable }

    /// The name, or the position in digits when it was asked for by position.
    package let column: String
    /// The Swift type that was asked for.
    package let type: String
    package let reason: Reason

    package var description: String { "column \(column) cannot be read as \(type): \(reason)" }
}
