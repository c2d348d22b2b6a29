/// A transaction in the hands of its body, lent for the body's duration.
///
/// The body is synchronous, so nothing can be awaited while rows are locked. It may be run again after a deadlock or a
/// lost connection, so it must have no effects of its own.
package struct Transaction: ~Copyable {
    typealias Body = @Sendable (inout Transaction) throws -> any Sendable

    private let connection: Connection
    private var held: [SQL] = []
    /// One of each type.
    private var closing: [any ClosingWrites] = []
    private var hasBegun = false
    /// The first thing that went wrong. After it the transaction cannot commit, even if the body swallows the error.
    private var trouble: (any Error)?

    init(_ connection: Connection) {
        self.connection = connection
    }

    /// One round trip. The first carries BEGIN; each carries what was held back.
    package mutating func query(_ sql: SQL) throws -> Rows {
        try query(all: [sql])[0]
    }

    /// Several statements in one round trip, their rows in order.
    package mutating func query(all statements: [SQL]) throws -> [Rows] {
        if let trouble { throw trouble }
        let leading = hasBegun ? held : ["BEGIN"] + held
        let rows = try send(leading + statements)
        hasBegun = true
        held = []
        return Array(rows.suffix(statements.count))
    }

    /// No round trip: the statement leaves with the next query or with COMMIT. Its rows are dropped; let the schema
    /// refuse what must not be.
    package mutating func write(_ sql: SQL) {
        held.append(sql)
    }

    /// Adds to what leaves last, right before COMMIT, after everything that `write` has held back.
    package mutating func collect<Writes: ClosingWrites>(_ add: (inout Writes) -> Void) {
        var writes = Writes()
        // Taken out meanwhile, so that its arrays grow in place.
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
        /// Not committed, for certain.
        case failed(any Error)
        /// The connection died before COMMIT was sent: nothing was written, the body may run again.
        case lost
        /// It died after COMMIT was sent and before its answer.
        case unknown
    }

    /// After the body has returned: what is held, what was collected and COMMIT, in one round trip.
    mutating func commit() -> End {
        if let trouble { return rollback(because: trouble) }
        do {
            let last = try closing.sorted { type(of: $0).rank < type(of: $1).rank }.flatMap { try $0.statements() }
            if !hasBegun, held.isEmpty, last.isEmpty { return .committed }
            let statements = (hasBegun ? held : ["BEGIN"] + held) + last + ["COMMIT"]
            switch try Self.exchange(statements, on: connection) {
            case .complete(let rows, error: nil):
                // COMMIT of an aborted transaction succeeds, with another tag.
                return rows.last?.command == "COMMIT" ? .committed : .failed(ServerError(sqlState: "25P02"))
            case .complete(_, let error?): return rollback(because: error)
            // COMMIT's own answer is sent after the commit: once it is here, the death that follows changes nothing.
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

    /// After the body has thrown.
    mutating func rollback(because error: any Error) -> End {
        if error is ConnectionLoss || trouble is ConnectionLoss { return .lost }
        // A deadlock decides over what the body has made of it: the body is to run again and never know.
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

    /// - Throws: `ConnectionLoss` when a send fails, a statement's defect before anything is sent.
    private static func exchange(_ statements: [SQL], on connection: Connection) throws -> Connection.Answer {
        for statement in statements {
            if let defect = statement.defect { throw defect }
        }
        for (index, statement) in statements.enumerated() {
            guard connection.send(statement) else {
                connection.condemn()
                // A send may fail when the last statement, COMMIT among it, has left already in part.
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
