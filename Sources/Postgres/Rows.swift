import CLibPQ

/// The rows of one answer. Values are read out of libpq's own result, which lives as long as this object; nothing is
/// copied but the value that is asked for.
///
/// `@unchecked Sendable`: a `PGresult` is never changed once it is complete, and is freed once, here.
package final class Rows: @unchecked Sendable, RandomAccessCollection {
    private let result: OpaquePointer
    private let columns: ColumnNames
    package let endIndex: Int

    /// Takes over `result`, whose columns have the names `columns`.
    init(_ result: OpaquePointer, columns: ColumnNames) {
        self.result = result
        self.columns = columns
        endIndex = Int(PQntuples(result))
    }

    deinit {
        PQclear(result)
    }

    package var startIndex: Int { 0 }

    package subscript(position: Int) -> Row {
        precondition(position >= 0 && position < endIndex, "row out of range")
        return Row(rows: self, index: Int32(position))
    }

    /// Rows inserted, updated, deleted or selected, by the command's tag.
    package var affected: Int {
        guard let text = PQcmdTuples(result) else { return 0 }
        return Int(String(cString: text)) ?? 0
    }

    /// The command's tag, such as `COMMIT` or `INSERT 0 1`.
    var command: String { PQcmdStatus(result).map { String(cString: $0) } ?? "" }

    fileprivate func decode<Value: PostgresDecodable>(
        _ column: String, row: Int32, as type: Value.Type
    ) throws(DecodingFailure) -> Value? {
        guard let index = columns.positions[column] else {
            throw DecodingFailure(column: column, type: "\(type)", reason: .noSuchColumn)
        }
        return try decode(index, named: column, row: row, as: type)
    }

    fileprivate func decode<Value: PostgresDecodable>(
        position: Int, row: Int32, as type: Value.Type
    ) throws(DecodingFailure) -> Value? {
        guard position >= 0, position < Int(PQnfields(result)) else {
            throw DecodingFailure(column: "\(position)", type: "\(type)", reason: .noSuchColumn)
        }
        return try decode(Int32(position), named: "\(position)", row: row, as: type)
    }

    private func decode<Value: PostgresDecodable>(
        _ index: Int32, named column: @autoclosure () -> String, row: Int32, as type: Value.Type
    ) throws(DecodingFailure) -> Value? {
        if PQgetisnull(result, row, index) == 1 { return nil }
        let bytes = UnsafeRawBufferPointer(
            start: PQgetvalue(result, row, index), count: Int(PQgetlength(result, row, index)))
        guard let value = Value.decode(bytes) else {
            throw DecodingFailure(column: column(), type: "\(type)", reason: .unreadable)
        }
        return value
    }
}

/// Where each column of a statement's rows stands. Made once per prepared statement, whose columns cannot change.
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

/// One row. Columns are asked for by name, or by position from 0; the type asked for decides how the text is read.
package struct Row: Sendable {
    fileprivate let rows: Rows
    fileprivate let index: Int32

    package subscript<Value: PostgresDecodable>(column: String) -> Value {
        get throws(DecodingFailure) {
            guard let value = try rows.decode(column, row: index, as: Value.self) else {
                throw DecodingFailure(column: column, type: "\(Value.self)", reason: .null)
            }
            return value
        }
    }

    /// Nil for NULL.
    package subscript<Value: PostgresDecodable>(column: String) -> Value? {
        get throws(DecodingFailure) {
            try rows.decode(column, row: index, as: Value.self)
        }
    }

    package subscript<Value: PostgresDecodable>(position: Int) -> Value {
        get throws(DecodingFailure) {
            guard let value = try rows.decode(position: position, row: index, as: Value.self) else {
                throw DecodingFailure(column: "\(position)", type: "\(Value.self)", reason: .null)
            }
            return value
        }
    }

    /// Nil for NULL.
    package subscript<Value: PostgresDecodable>(position: Int) -> Value? {
        get throws(DecodingFailure) {
            try rows.decode(position: position, row: index, as: Value.self)
        }
    }
}
