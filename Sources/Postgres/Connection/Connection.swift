import CLibPQ
import Glibc

/// One libpq connection in pipeline mode. It belongs to the thread that created it.
///
/// Every call blocks, and libpq stays in blocking mode: it reads while it waits to write, so two full buffers cannot
/// deadlock.
final class Connection {
    private let handle: OpaquePointer
    private let settings: DatabaseSettings
    private var buffer = ParameterBuffer()
    /// Keyed by the pieces of the text, which saves joining them for a lookup.
    private var prepared: [[String]: PreparedStatement] = [:]
    /// The number of names ever used. It only grows, so that no name is used twice.
    private var namesGiven = 0
    private var expected: [Expected] = []
    /// Whether a group that deallocates statements precedes the one being sent.
    private var hasMadeRoom = false
    /// Set when the connection must not be used again, whatever its state in libpq.
    private(set) var isCondemned = false

    /// The number of statements ever sent.
    private var uses = 0
    /// The number of statements that a connection keeps prepared. The least recently used are dropped beyond it, so that
    /// the server's memory stays bounded. Only a single transaction with many new texts may exceed it.
    static let preparedLimit = 512

    fileprivate enum Expected {
        case prepare(PreparedStatement)
        case execute(PreparedStatement)
    }

    /// The answer to the statements up to one Sync.
    enum Answer {
        /// The rows of each statement that ran, and the error that stopped the rest.
        case complete([Rows], error: ServerError?)
        /// The connection died first; the rows of the statements answered before that.
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

    /// Sends the settings that a pooler does not accept at start-up. Poolers in transaction mode carry these two from server
    /// to server, because the server reports them.
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

    /// Whether the connection can be used. Unexpected input on an idle connection means that it is dead. That must be noticed
    /// before a write is sent on it, because its outcome would be unknown.
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

    /// Queues a statement in the pipeline, preparing it on its first use here. Returns false if the connection is dead.
    func send(_ sql: SQL) -> Bool {
        guard lockForInsertion() else { return false }
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

    /// Ends a group: the statements sent since the last Sync are one implicit transaction unless they include BEGIN.
    func sync() -> Bool { PQpipelineSync(handle) == 1 }

    /// Before a group, drops the least recently used statements so that one more stays within the limit. This gets its own
    /// Sync, so that a failure is not the group's. It is not possible within a transaction.
    private func lockForInsertion() -> Bool {
        let excess = prepared.count + 1 - Self.preparedLimit
        guard excess > 0, expected.isEmpty, !isInTransaction else { return true }
        for statement in prepared.values.sorted(by: { $0.lastUse < $1.lastUse }).prefix(excess) {
            prepared[statement.pieces] = nil
            // The protocol has a message for this, Close, but libpq can only send it since version 17.
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

    /// Returns the results that `receive` must expect for the statements sent since the last call.
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

    /// Reads up to the group's Sync, blocking. An implicit transaction commits there and deferred constraints are checked
    /// there, so no answer may be given earlier.
    func receive(_ group: Group) -> Answer {
        // A statement that could not be deallocated is already gone.
        if group.isBehindAnother, case .lost = receive(Group(expected: [], isBehindAnother: false)) { return .lost([]) }
        var rows: [Rows] = []
        var error: ServerError?
        var index = 0
        var wasNull = false
        while true {
            guard let result = PQgetResult(handle) else {
                // One NULL separates statements. On a dead connection, or when nothing more is expected, NULL is returned
                // forever.
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

    /// Forgets a statement whose preparation failed or was skipped, so that its next use prepares it again.
    private func forget(_ owner: Expected?) {
        guard case .prepare(let statement) = owner, prepared[statement.pieces] === statement else { return }
        prepared[statement.pieces] = nil
    }
}

extension ServerError {
    /// Fails if libpq made the result itself or the server is closing the connection: the connection is lost, and the server
    /// did not reject anything.
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
