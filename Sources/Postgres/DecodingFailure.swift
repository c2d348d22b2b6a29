/// A column that does not hold what the code expects. It never carries the value.
public struct DecodingFailure: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Reason: Sendable { case noSuchColumn, null, unreadable }

    /// The name, or the position in digits when it was asked for by position.
    public let column: String
    /// The Swift type that was asked for.
    public let type: String
    public let reason: Reason

    @usableFromInline
    init(column: String, type: String, reason: Reason) {
        self.column = column
        self.type = type
        self.reason = reason
    }

    public var description: String { "column \(column) cannot be read as \(type): \(reason)" }
}
