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
    /// A statement binds more than 65,535 values, as many as the protocol can count. Bind an array instead.
    case tooManyParameters
    /// The database URI is not one that libpq understands. libpq's own message is left out: it quotes the password.
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
        case .tooManyParameters: "a statement binds more than 65535 values"
        case .malformedURI: "the database URI is malformed"
        }
    }
}
