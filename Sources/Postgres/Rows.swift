import CLibPQ

/// The rows of one answer. Values are read out of libpq's own result, which lives as long as this object.
///
/// `@unchecked Sendable`: a `PGresult` is never changed once it is complete, and is freed once, here.
package final class Rows: @unchecked Sendable, RandomAccessCollection {
    private let result: OpaquePointer
    private let columns: [String: Int32]
    package let endIndex: Int

    /// Takes over `result`.
    init(_ result: OpaquePointer) {
        self.result = result
        endIndex = Int(PQntuples(result))
        var columns: [String: Int32] = [:]
        if endIndex > 0 {
            for column in 0..<PQnfields(result) {
                if let name = PQfname(result, column) { columns[String(cString: name)] = column }
            }
        }
        self.columns = columns
    }

    deinit {
        PQclear(result)
    }

    package var startIndex: Int { 0 }

    package subscript(position: Int) -> Row {
        precondition(indices.contains(position), "row out of range")
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
        guard let index = columns[column] else {
            throw DecodingFailure(column: column, type: "\(type)", reason: .noSuchColumn)
        }
        if PQgetisnull(result, row, index) == 1 { return nil }
        let bytes = UnsafeRawBufferPointer(
            start: PQgetvalue(result, row, index), count: Int(PQgetlength(result, row, index)))
        guard let value = Value.decode(bytes) else {
            throw DecodingFailure(column: column, type: "\(type)", reason: .unreadable)
        }
        return value
    }
}

/// One row; columns by name.
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
}

/// A column that does not hold what the code expects. It never carries the value.
package struct DecodingFailure: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Reason: Sendable { case noSuchColumn, null, unreadable }

    package let column: String
    package let type: String
    package let reason: Reason

    package var description: String { "column \(column) cannot be read as \(type): \(reason)" }
}
