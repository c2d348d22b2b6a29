import CLibPQ
import Glibc

/// One libpq connection in pipeline mode. It belongs to the thread that made it.
///
/// Everything blocks, and libpq stays in blocking mode: it reads while it waits to write, so two full buffers cannot
/// wait for each other.
final class Connection {
    private let handle: OpaquePointer
    private let settings: DatabaseSettings
    private var buffer = ParameterBuffer()
    /// By the pieces of their text, which need not be put together to be found.
    private var prepared: [[String]: PreparedStatement] = [:]
    /// Names ever given. It only grows, so that no name is given twice.
    private var namesGiven = 0
    private var expected: [Expected] = []
    /// Whether a group that drops statements is in front of the one that is being sent.
    private var hasMadeRoom = false
    /// Set when the connection must not be used again, whatever libpq thinks of it.
    private(set) var isCondemned = false

    /// Statements ever sent.
    private var uses = 0
    /// Statements that a connection keeps prepared. Those that were not used for the longest time are dropped then, so
    /// that the server's memory stays bounded. Only one transaction with many new texts may exceed it.
    static let preparedLimit = 512

    fileprivate enum Expected {
        case prepare(PreparedStatement)
        case execute(PreparedStatement)
    }

    /// What came back for the statements up to one Sync.
    enum Answer {
        /// Rows of each statement that ran, and the error that stopped the rest.
        case complete([Rows], error: ServerError?)
        /// The connection died first; rows of what had been answered by then.
        case lost([Rows])
    }

    /// Connects, blocking.
    init(_ settings: DatabaseSettings) throws(ConnectionFailure) {
        handle = try openConnection(.client(settings))
        self.settings = settings
        guard setSessionBehindPooler(), PQenterPipelineMode(handle) == 1 else {
            throw ConnectionFailure(reason: "the session could not be set up")
        }
    }

    deinit {
        PQfinish(handle)
    }

    /// What a pooler does not take at start-up. Poolers in transaction mode follow these two from one server to the
    /// next, because the server reports them.
    private func setSessionBehindPooler() -> Bool {
        guard settings.pooler == .transaction else { return true }
        for statement in ["SET TimeZone = 'UTC'", "SET DateStyle = 'ISO'"] {
            let result = PQexec(handle, statement)
            defer { PQclear(result) }
            guard PQresultStatus(result) == PGRES_COMMAND_OK else { return false }
        }
        return true
    }

    var socket: Int32 { PQsocket(handle) }

    func condemn() { isCondemned = true }

    /// Whether something may be sent. An idle connection that has something to say is dead: it must be found out before
    /// a write is sent on it, whose outcome would then be unknown.
    var isUsable: Bool {
        guard !isCondemned, PQstatus(handle) == CONNECTION_OK, !isInTransaction else { return false }
        var descriptor = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
        return poll(&descriptor, 1, 0) == 0
    }

    /// Whether a transaction is open or failed on the server's side.
    var isInTransaction: Bool {
        let status = PQtransactionStatus(handle)
        return status == PQTRANS_INTRANS || status == PQTRANS_INERROR
    }

    // MARK: Sending

    /// Queues a statement of the pipeline, preparing it on its first use here. False: the connection is dead.
    func send(_ sql: SQL) -> Bool {
        guard makeRoom() else { return false }
        if let known = prepared[sql.pieces], known.fits(sql) { return execute(known, sql) }
        let text = sql.text
        settings.onStatement?(text)
        let statement: PreparedStatement
        if settings.pooler == .transaction {
            statement = PreparedStatement(name: "", sql)
        } else {
            statement = PreparedStatement(name: "s\(namesGiven)", sql)
            namesGiven += 1
            prepared[sql.pieces] = statement
        }
        guard PQsendPrepare(handle, statement.name, text, Int32(statement.types.count), statement.types) == 1 else {
            return false
        }
        expected.append(.prepare(statement))
        return execute(statement, sql)
    }

    /// Ends a group: what was sent since the last Sync is one implicit transaction unless BEGIN was among it.
    func sync() -> Bool { PQpipelineSync(handle) == 1 }

    /// Before a group: drops the statements that were not used for the longest time, so that one more is not too many.
    /// That has a Sync of its own, so that its failure is not the group's; within a transaction there can be none.
    private func makeRoom() -> Bool {
        let excess = prepared.count + 1 - Self.preparedLimit
        guard excess > 0, expected.isEmpty, !isInTransaction else { return true }
        for statement in prepared.values.sorted(by: { $0.lastUse < $1.lastUse }).prefix(excess) {
            prepared[statement.pieces] = nil
            // The protocol's own message for it, Close, can be sent from libpq 17 on.
            guard PQsendQueryParams(handle, "DEALLOCATE \(statement.name)", 0, nil, nil, nil, nil, 0) == 1 else {
                return false
            }
        }
        hasMadeRoom = sync()
        return hasMadeRoom
    }

    private func execute(_ statement: PreparedStatement, _ sql: SQL) -> Bool {
        uses += 1
        statement.lastUse = uses
        let isSent = buffer.lend(sql.parameters) { count, values, lengths, formats in
            PQsendQueryPrepared(handle, statement.name, count, values, lengths, formats, 0) == 1
        }
        if isSent { expected.append(.execute(statement)) }
        return isSent
    }

    /// The results that the statements sent since the last call will have, for `receive`.
    func takeGroup() -> Group {
        defer {
            expected = []
            hasMadeRoom = false
        }
        return Group(expected: expected, isBehindAnother: hasMadeRoom)
    }

    struct Group {
        fileprivate let expected: [Expected]
        fileprivate let isBehindAnother: Bool
    }

    // MARK: Receiving

    /// Reads up to the group's Sync, blocking. An implicit transaction commits there and a deferred constraint speaks
    /// there, so no answer may be given earlier.
    func receive(_ group: Group) -> Answer {
        // What could not be dropped was dropped already.
        if group.isBehindAnother, case .lost = receive(Group(expected: [], isBehindAnother: false)) { return .lost([]) }
        var rows: [Rows] = []
        var error: ServerError?
        var index = 0
        var wasNull = false
        while true {
            guard let result = PQgetResult(handle) else {
                // One NULL stands between statements. On a dead connection, or when nothing is to come, it comes for ever.
                if wasNull || PQstatus(handle) != CONNECTION_OK { return .lost(rows) }
                wasNull = true
                continue
            }
            wasNull = false
            let owner = index < group.expected.count ? group.expected[index] : nil
            switch PQresultStatus(result) {
            case PGRES_PIPELINE_SYNC:
                PQclear(result)
                return .complete(rows, error: error)
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK:
                if case .execute(let statement) = owner {
                    let columns = statement.columns ?? ColumnNames(result)
                    statement.columns = columns
                    rows.append(Rows(result, columns: columns))
                } else {
                    PQclear(result)
                }
            case PGRES_PIPELINE_ABORTED:
                forget(owner)
                PQclear(result)
            default:
                let failure = ServerError(result)
                PQclear(result)
                guard let failure else { return .lost(rows) }
                forget(owner)
                if error == nil { error = failure }
                if failure.condemnsConnection { isCondemned = true }
            }
            index += 1
        }
    }

    /// A statement whose preparation failed or was skipped is prepared again when it is next used.
    private func forget(_ owner: Expected?) {
        guard case .prepare(let statement) = owner, prepared[statement.pieces] === statement else { return }
        prepared[statement.pieces] = nil
    }
}

extension ServerError {
    /// Nil when libpq made the result itself or the server says good-bye: the connection is lost, nothing was refused.
    init?(_ result: OpaquePointer) {
        func field(_ code: Character) -> String? {
            guard let code = code.asciiValue else { return nil }
            return PQresultErrorField(result, Int32(code)).map { String(cString: $0) }
        }
        // The codes are those of the protocol (PostgreSQL manual, "Error and Notice Message Fields").
        guard let state = field("C"), let severity = field("V"), severity == "ERROR" else { return nil }
        self.init(
            sqlState: state, constraint: field("n"), table: field("t"), column: field("c"), severity: severity)
    }
}
