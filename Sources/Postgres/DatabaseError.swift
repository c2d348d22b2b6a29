/// A failure between the client and the server. No case carries a value or a statement.
package enum DatabaseError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The queue already holds `queueLimit` requests.
    case queueFull
    /// No connection took the request within the queue's deadline.
    case queuedTooLong
    case shuttingDown
    /// The connection died, more than once, during a read or a transaction that had not sent COMMIT. Nothing was written.
    case connectionLost
    /// The connection died while a write or a COMMIT was in flight, which may or may not have taken effect.
    case outcomeUnknown
    /// The request was dropped without an answer. This is a bug in the client.
    case abandoned
    /// A string parameter contains U+0000, which the server's text types cannot store.
    case nulInText
    /// A statement binds more than 65,535 values, the limit of the protocol. Bind an array instead.
    case tooManyParameters
    /// libpq cannot parse the database URI. Its own message is left out because it quotes the password.
    case malformedURI

    package var description: String {
        switch self {
        case .queueFull: "too many requests are waiting for a database connection"
        case .queuedTooLong: "no database connection became free in time"
        case .shuttingDown: "the database client is shutting down"
        case .connectionLost: "the database connection was lost; nothing was written"
        case .outcomeUnknown: "the database connection was lost while a write was in flight; its outcome is unknown"
        case .abandoned: "the database request was dropped without an answer"
        case .nulInText: "a text value contains the character U+0000"
        case .tooManyParameters: "a statement binds more than 65535 values"
        case .malformedURI: "the database URI is malformed"
        }
    }
}
