/// What goes wrong between us and the server. No case carries a value or a statement.
package enum DatabaseError: Error, Sendable, Equatable, CustomStringConvertible {
    /// As many requests wait as may wait.
    case queueFull
    /// No connection took the request within the queue's deadline.
    case queuedTooLong
    case shuttingDown
    /// A read, or a transaction that had not sent COMMIT, met a dying connection more than once. Nothing was written.
    case connectionLost
    /// A write or a COMMIT was in flight when its connection died: it may have happened or not.
    case outcomeUnknown
    /// The request was dropped unanswered. A defect of ours.
    case abandoned
    /// A string parameter holds U+0000, which the server's text types cannot.
    case nulInText
    case malformedURI

    package var description: String {
        switch self {
        case .queueFull: "too many requests wait for a database connection"
        case .queuedTooLong: "no database connection became free in time"
        case .shuttingDown: "the database client is shutting down"
        case .connectionLost: "the database connection was lost; nothing was written"
        case .outcomeUnknown: "the database connection was lost while a write was in flight; its outcome is unknown"
        case .abandoned: "the database request was dropped without an answer"
        case .nulInText: "a text value holds the character U+0000"
        case .malformedURI: "the database URI is malformed"
        }
    }
}

/// What the server refused. The server's message, detail and hint are left out, because they quote values.
package struct ServerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Five characters (PostgreSQL manual, appendix A).
    package let sqlState: String
    package let constraint: String?
    package let table: String?
    package let column: String?

    package init(sqlState: String, constraint: String? = nil, table: String? = nil, column: String? = nil) {
        self.sqlState = sqlState
        self.constraint = constraint
        self.table = table
        self.column = column
    }

    package var description: String {
        var text = "the database refused with SQLSTATE \(sqlState)"
        if let constraint { text += ", constraint \(constraint)" }
        if let table { text += ", table \(table)" }
        if let column { text += ", column \(column)" }
        return text
    }

    /// A deadlock or a serialization failure: the same work may succeed when done again.
    var isWorthRerunning: Bool { sqlState == "40001" || sqlState == "40P01" }
    /// The prepared statement no longer fits the schema, or is gone.
    var wantsNewPlan: Bool { sqlState == "0A000" || sqlState == "26000" }
    /// The connection is of no more use: a demoted primary, a broken protocol, a server that goes away.
    var condemnsConnection: Bool {
        sqlState == "25006" || sqlState.hasPrefix("08") || ["57P01", "57P02", "57P03"].contains(sqlState)
    }
}
