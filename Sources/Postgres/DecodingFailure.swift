/// A column whose content is not what the code expects. It never carries the value.
public struct DecodingFailure: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Reason: Sendable { case noSuchColumn, null, unreadable }

    /// The column's name, or its position in digits if it was read by position.
    public let column: String
    /// The Swift type that was requested.
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
