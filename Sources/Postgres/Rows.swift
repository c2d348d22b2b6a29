import CLibPQ

/// The rows of one answer. Values are read directly from libpq's result, which lives as long as this object; only the
/// requested value is copied.
///
/// `@unchecked Sendable`: a `PGresult` is never changed once it is complete, and is freed once, here.
public final class Rows: @unchecked Sendable, RandomAccessCollection {
    private let result: OpaquePointer
    private let columns: ColumnNames
    public let endIndex: Int

    /// Takes ownership of `result`, whose columns are named by `columns`.
    init(_ result: OpaquePointer, columns: ColumnNames) {
        self.result = result
        self.columns = columns
        endIndex = Int(PQntuples(result))
    }

    deinit {
        PQclear(result)
    }

    public var startIndex: Int { 0 }

    public subscript(position: Int) -> Row {
        precondition(position >= 0 && position < endIndex, "row out of range")
        return Row(rows: self, index: Int32(position))
    }

    /// The number of rows inserted, updated, deleted or selected, from the command tag.
    package var affected: Int {
        guard let text = PQcmdTuples(result) else { return 0 }
        return Int(String(cString: text)) ?? 0
    }

    /// The command tag, such as `COMMIT` or `INSERT 0 1`.
    var command: String { PQcmdStatus(result).map { String(cString: $0) } ?? "" }

    /// The text of a value; nil for NULL. It is valid as long as this object lives.
    @usableFromInline
    func value(_ column: String, row: Int32, as type: Any.Type) throws(DecodingFailure) -> UnsafeRawBufferPointer? {
        guard let index = columns.positions[column] else {
            throw DecodingFailure(column: column, type: "\(type)", reason: .noSuchColumn)
        }
        return value(index, row: row)
    }

    @usableFromInline
    func value(position: Int, row: Int32, as type: Any.Type) throws(DecodingFailure) -> UnsafeRawBufferPointer? {
        guard position >= 0, position < Int(PQnfields(result)) else {
            throw DecodingFailure(column: "\(position)", type: "\(type)", reason: .noSuchColumn)
        }
        return value(Int32(position), row: row)
    }

    private func value(_ index: Int32, row: Int32) -> UnsafeRawBufferPointer? {
        if PQgetisnull(result, row, index) == 1 { return nil }
        return UnsafeRawBufferPointer(
            start: PQgetvalue(result, row, index), count: Int(PQgetlength(result, row, index)))
    }
}

/// The position of each column, by name. Made once per prepared statement, whose columns cannot change.
final class ColumnNames: Sendable {
    let positions: [String: Int32]

    init(_ result: OpaquePointer) {
        var positions: [String: Int32] = [:]
        for column in 0..<PQnfields(result) {
            if let name = PQfname(result, column) { positions[String(cString: name)] = column }
        }
        self.positions = positions
    }
}

/// One row. Columns are read by name, or by position from 0; the requested type decides how the text is decoded.
///
/// The generic members are inlinable: without specialisation, decoding a row takes twice as long, mostly to look up `Value`
/// at run time. They are public because Swift 6.3 does not inline `package` members into other modules.
public struct Row: Sendable {
    @usableFromInline let rows: Rows
    @usableFromInline let index: Int32

    init(rows: Rows, index: Int32) {
        self.rows = rows
        self.index = index
    }

    /// Reads a column that is never NULL; NULL throws.
    @inlinable
    public subscript<Value: PostgresDecodable>(column: String) -> Value {
        get throws(DecodingFailure) {
            try Self.required(try rows.value(column, row: index, as: Value.self), column: column)
        }
    }

    /// Reads a column that may be NULL; nil for NULL.
    @inlinable
    public subscript<Value: PostgresDecodable>(nullable column: String) -> Value? {
        get throws(DecodingFailure) {
            guard let bytes = try rows.value(column, row: index, as: Value.self) else { return nil }
            return try Self.decode(bytes, column: column)
        }
    }

    /// Reads a column that is never NULL; NULL throws.
    @inlinable
    public subscript<Value: PostgresDecodable>(position: Int) -> Value {
        get throws(DecodingFailure) {
            try Self.required(try rows.value(position: position, row: index, as: Value.self), column: "\(position)")
        }
    }

    /// Reads a column that may be NULL; nil for NULL.
    @inlinable
    public subscript<Value: PostgresDecodable>(nullable position: Int) -> Value? {
        get throws(DecodingFailure) {
            guard let bytes = try rows.value(position: position, row: index, as: Value.self) else { return nil }
            return try Self.decode(bytes, column: "\(position)")
        }
    }

    @inlinable
    static func required<Value: PostgresDecodable>(
        _ bytes: UnsafeRawBufferPointer?, column: @autoclosure () -> String
    ) throws(DecodingFailure) -> Value {
        guard let bytes else { throw DecodingFailure(column: column(), type: "\(Value.self)", reason: .null) }
        return try decode(bytes, column: column())
    }

    @inlinable
    static func decode<Value: PostgresDecodable>(
        _ bytes: UnsafeRawBufferPointer, column: @autoclosure () -> String
    ) throws(DecodingFailure) -> Value {
        guard let value = Value.decode(bytes) else {
            throw DecodingFailure(column: column(), type: "\(Value.self)", reason: .unreadable)
        }
        return value
    }
}

extension Rows {
    /// Reads a column of the first row, for statements that return at most one; nil if there is no row.
    ///
    /// - Throws: `DecodingFailure` if the column is NULL.
    @inlinable
    public func scalar<Value: PostgresDecodable>(_ column: String) throws(DecodingFailure) -> Value? {
        guard let first else { return nil }
        let value: Value = try first[column]
        return value
    }
}

// Without these overloads Swift would silently convert the value of a non-optional read to an optional, and NULL would
// throw where nil was expected. For an optional result the compiler prefers these overloads, and because warnings are errors
// it rejects them. They are deprecated rather than unavailable because overload resolution skips unavailable ones.
extension Row {
    @available(*, deprecated, message: "Use row[nullable:], or read into a type that is not optional.")
    public subscript<Value: PostgresDecodable>(column: String) -> Value? {
        get throws(DecodingFailure) { try self[nullable: column] }
    }

    @available(*, deprecated, message: "Use row[nullable:], or read into a type that is not optional.")
    public subscript<Value: PostgresDecodable>(position: Int) -> Value? {
        get throws(DecodingFailure) { try self[nullable: position] }
    }
}
