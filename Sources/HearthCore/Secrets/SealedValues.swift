package import Postgres
package import StrictJSON

/// A stored sealed value.
package struct SealedValue: Sendable {
    package let tenantID: Int64
    /// The key of the row within the tenant, as text.
    package let row: String
    package let bytes: [UInt8]
}

/// A value that cannot be opened: its column, its row and the reason.
package struct SealedValueProblem: Sendable {
    package let column: SealedColumn
    package let tenantID: Int64
    package let row: String
    package let words: String

    package init(column: SealedColumn, tenantID: Int64, row: String, words: String) {
        self.column = column
        self.tenantID = tenantID
        self.row = row
        self.words = words
    }

    package var description: String { "\(column) of tenant \(tenantID), row \(row), \(words)." }

    package func write(to json: inout JSONWriter) {
        json.member("column", column.description)
        json.member("tenant_id", tenantID)
        json.member("row", row)
        json.member("words", words)
    }
}

/// The statements about the sealed values of one column. Empty columns, as some deletions leave them, are skipped.
package struct SealedValues: Sendable {
    let database: Database
    package let column: SealedColumn

    package init(database: Database, column: SealedColumn) {
        self.database = database
        self.column = column
    }

    /// Counts the values by the id of their key; those that are not sealed are under "". Scans the table once.
    package func countByKey() async throws -> [String: Int] {
        let (table, name) = (column.table, column.name)
        // Only reads the prefix of values that are stored out of line.
        let rows = try await database.read(
            """
            SELECT CASE WHEN octet_length(\(unescaped: name)) < 2 THEN ''
                ELSE substring(\(unescaped: name) from 1 for 2 + get_byte(substring(\(unescaped: name) from 1 for 2), 1))
                END AS head, count(*) AS count
            FROM \(unescaped: table) WHERE octet_length(\(unescaped: name)) > 0 GROUP BY 1
            """)
        return try Dictionary(
            rows.map { row in (KeyRing.keyID(of: try row["head"]) ?? "", try row["count"]) }, uniquingKeysWith: +)
    }

    /// Returns the next values in row order.
    ///
    /// - Parameters:
    ///   - last: the last value of the previous page; nil to begin.
    ///   - prefix: the prefix of values to skip; nil to return all.
    package func page(after last: SealedValue?, leavingOut prefix: [UInt8]?, limit: Int) async throws -> [SealedValue] {
        let (row, name) = (column.row, column.name)
        let rows = try await database.read(
            """
            SELECT tenant_id, \(unescaped: row)::text AS "row", \(unescaped: name) AS sealed
            FROM \(unescaped: column.table)
            WHERE octet_length(\(unescaped: name)) > 0
                AND (tenant_id, \(unescaped: row)) > (\(last?.tenantID ?? 0), \(last?.row ?? column.lowestRow)::\(unescaped: column.rowType))
                AND substring(\(unescaped: name) from 1 for \(prefix?.count ?? 0)::int) IS DISTINCT FROM \(prefix)
            ORDER BY tenant_id, \(unescaped: row) LIMIT \(limit)
            """)
        return try rows.map { SealedValue(tenantID: try $0["tenant_id"], row: try $0["row"], bytes: try $0["sealed"]) }
    }

    /// Replaces values in one commit, each only if it is unchanged, so that a token written by a concurrent refresh is never
    /// overwritten.
    ///
    /// Rows are locked in key order, and only rows of this table.
    /// - Returns: the number of replaced values.
    func replace(_ changes: [(value: SealedValue, sealed: [UInt8])]) async throws -> Int {
        let column = column
        return try await database.transaction { transaction in
            try transaction.query(
                all: changes.map { value, sealed in
                    """
                    UPDATE \(unescaped: column.table) SET \(unescaped: column.name) = \(sealed)
                    WHERE tenant_id = \(value.tenantID)
                        AND \(unescaped: column.row) = \(value.row)::\(unescaped: column.rowType)
                        AND \(unescaped: column.name) = \(value.bytes)
                    """
                }
            ).reduce(0) { $0 + $1.affected }
        }
    }
}
