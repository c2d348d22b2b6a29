package import Postgres
package import StrictJSON

/// A sealed value where it is stored.
package struct SealedValue: Sendable {
    package let tenantID: Int64
    /// What tells its row apart within the tenant, as text.
    package let row: String
    package let bytes: [UInt8]
}

/// A value that does not open: what it should be, where it is, and why.
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

/// The statements about the sealed values of one column. Where a deletion leaves a column empty, there is none.
package struct SealedValues: Sendable {
    let database: Database
    package let column: SealedColumn

    package init(database: Database, column: SealedColumn) {
        self.database = database
        self.column = column
    }

    /// How many values each key has sealed; under "" what no ring has sealed. One scan of the table.
    package func countByKey() async throws -> [String: Int] {
        let (table, name) = (column.table, column.name)
        // Of a value stored apart from its row only the beginning is fetched.
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

    /// The next values in the order of their rows.
    ///
    /// - Parameters:
    ///   - last: the value after whose row to go on; nil to begin.
    ///   - prefix: how the values begin that are left out; nil for none.
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

    /// Replaces values in one commit, each only where it still is what it was: what a refresh has written meanwhile is
    /// never overwritten.
    ///
    /// The rows are locked in the order of their keys, and no row of another table with them.
    /// - Returns: how many were replaced.
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
