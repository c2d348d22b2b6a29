/// A transaction, lent to its body while the body runs.
///
/// The body is synchronous, so nothing can be awaited while rows are locked. It may run again after a deadlock or a
/// lost connection, so it must not have side effects.
package struct Transaction: ~Copyable {
    typealias Body = @Sendable (inout Transaction) throws -> any Sendable

    private let connection: Connection
    private var held: [SQL] = []
    /// At most one of each type.
    private var closing: [any ClosingWrites] = []
    private var hasBegun = false
    /// The first error. Once set, the transaction cannot commit, even if the body swallows the error.
    private var trouble: (any Error)?

    init(_ connection: Connection) {
        self.connection = connection
    }

    /// Runs a statement in one round trip. The first also sends BEGIN; each also sends the writes held back so far.
    package mutating func query(_ sql: SQL) throws -> Rows {
        try query(all: [sql])[0]
    }

    /// Runs several statements in one round trip and returns their rows in order.
    package mutating func query(all statements: [SQL]) throws -> [Rows] {
        if let trouble { throw trouble }
        let leading = hasBegun ? held : ["BEGIN"] + held
        let rows = try send(leading + statements)
        hasBegun = true
        held = []
        return Array(rows.suffix(statements.count))
    }

    /// Holds a statement back, without a round trip, until the next query or COMMIT. Its rows are discarded; rely on
    /// constraints to reject what must not be written.
    package mutating func write(_ sql: SQL) {
        held.append(sql)
    }

    /// Adds to the writes that are sent last, right before COMMIT, after everything that `write` holds back.
    package mutating func collect<Writes: ClosingWrites>(_ add: (inout Writes) -> Void) {
        var writes = Writes()
        // Removed while it is changed, so that its arrays grow in place.
        if let index = closing.firstIndex(where: { $0 is Writes }), let earlier = closing.remove(at: index) as? Writes {
            writes = earlier
        }
        add(&writes)
        closing.append(writes)
    }

    private mutating func send(_ statements: [SQL]) throws -> [Rows] {
        do {
            switch try Self.exchange(statements, on: connection) {
            case .complete(let rows, error: nil): return rows
            case .complete(_, let error?): throw error
            case .lost: throw ConnectionLoss()
            }
        } catch {
            trouble = error
            throw error
        }
    }

    // MARK: The end

    /// How a transaction ended.
    enum End {
        case committed
        /// Certainly not committed.
        case failed(any Error)
        /// The connection died before COMMIT was sent. Nothing was written; the body may run again.
        case lost
        /// The connection died after COMMIT was sent and before its answer.
        case unknown
    }

    /// Called after the body has returned. Sends the held and collected writes and COMMIT in one round trip.
    mutating func commit() -> End {
        if let trouble { return rollback(because: trouble) }
        do {
            let last = try closing.sorted { type(of: $0).rank < type(of: $1).rank }.flatMap { try $0.statements() }
            if !hasBegun, held.isEmpty, last.isEmpty { return .committed }
            let statements = (hasBegun ? held : ["BEGIN"] + held) + last + ["COMMIT"]
            switch try Self.exchange(statements, on: connection) {
            case .complete(let rows, error: nil):
                // COMMIT of an aborted transaction succeeds, but its tag is ROLLBACK.
                return rows.last?.command == "COMMIT" ? .committed : .failed(ServerError(sqlState: "25P02"))
            case .complete(_, let error?): return rollback(because: error)
            // The server answers COMMIT after committing, so once the answer is here, losing the connection does not matter.
            case .lost(let rows):
                return rows.count == statements.count && rows.last?.command == "COMMIT" ? .committed : .unknown
            }
        } catch let loss as ConnectionLoss where !loss.mayHaveBeenSent {
            return .lost
        } catch is ConnectionLoss {
            return .unknown
        } catch {
            return rollback(because: error)
        }
    }

    /// Called after the body has thrown.
    mutating func rollback(because error: any Error) -> End {
        if error is ConnectionLoss || trouble is ConnectionLoss { return .lost }
        // A deadlock takes precedence over any error that the body made of it: the body must run again without noticing.
        let error = (trouble as? ServerError).flatMap { $0.isWorthDoingAgain ? $0 : nil } ?? error
        if connection.isInTransaction {
            guard case .complete(_, error: nil)? = try? Self.exchange(["ROLLBACK"], on: connection),
                !connection.isInTransaction
            else {
                connection.condemn()
                return .failed(error)
            }
        }
        return .failed(error)
    }

    /// - Throws: `ConnectionLoss` if sending fails, or a statement's defect before anything is sent.
    private static func exchange(_ statements: [SQL], on connection: Connection) throws -> Connection.Answer {
        for statement in statements {
            if let defect = statement.defect { throw defect }
        }
        for (index, statement) in statements.enumerated() {
            guard connection.send(statement) else {
                connection.condemn()
                // Sending may fail after part of the last statement, which may be COMMIT, has already left.
                throw ConnectionLoss(mayHaveBeenSent: index == statements.count - 1)
            }
        }
        guard connection.sync() else {
            connection.condemn()
            throw ConnectionLoss(mayHaveBeenSent: true)
        }
        return connection.receive(connection.takeGroup())
    }
}

/// The connection died under a transaction.
struct ConnectionLoss: Error {
    var mayHaveBeenSent = false
}

/// Writes that a transaction collects while its body runs and sends last, in the same round trip as COMMIT.
///
/// For contended rows, such as counters: they are locked after all others and as briefly as possible, wherever in the
/// body the writes were collected. Queries in the same body do not see them.
package protocol ClosingWrites: Sendable {
    /// Collections are written in ascending order of rank.
    static var rank: Int { get }

    /// Creates an empty collection. Each run of a body starts with one.
    init()

    /// The statements to write.
    ///
    /// - Throws: any error; the transaction then fails instead of committing.
    func statements() throws -> [SQL]
}
