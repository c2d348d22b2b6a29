/// An error reported by the server. Its message, detail and hint are left out because they quote values.
package struct ServerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A five-character code (PostgreSQL manual, appendix A).
    package let sqlState: String
    package let constraint: String?
    package let table: String?
    package let column: String?
    /// `ERROR`, `FATAL` or `PANIC`; not localised.
    package let severity: String

    package init(
        sqlState: String, constraint: String? = nil, table: String? = nil, column: String? = nil,
        severity: String = "ERROR"
    ) {
        self.sqlState = sqlState
        self.severity = severity
        self.constraint = constraint
        self.table = table
        self.column = column
    }

    package var description: String {
        var text = "the database reported SQLSTATE \(sqlState)"
        if let constraint { text += ", constraint \(constraint)" }
        if let table { text += ", table \(table)" }
        if let column { text += ", column \(column)" }
        return text
    }

    /// A deadlock or a serialization failure: the same work may succeed if retried.
    var isWorthRerunning: Bool { sqlState == "40001" || sqlState == "40P01" }
    /// The prepared statement no longer fits the schema ("cached plan must not change result type"), or no longer exists.
    var wantsNewPlan: Bool { sqlState == "0A000" || sqlState == "26000" }
    var isWorthDoingAgain: Bool { isWorthRerunning || wantsNewPlan }
    /// The connection cannot be used any more: a demoted primary, a protocol error, or a server that is shutting down.
    var condemnsConnection: Bool {
        sqlState == "25006" || sqlState.hasPrefix("08") || ["57P01", "57P02", "57P03"].contains(sqlState)
    }
}
