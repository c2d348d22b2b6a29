import CLibPQ
import Glibc

/// One libpq connection in pipeline mode. It belongs to the thread that made it.
final class Connection {
    private let handle: OpaquePointer
    private let settings: DatabaseSettings
    private var prepared: [String: String] = [:]
    private var expected: [Expected] = []
    /// Set when the connection must not be used again, whatever libpq thinks of it.
    private(set) var isCondemned = false

    fileprivate enum Expected {
        case prepare(text: String)
        case execute
    }

    /// What came back for the statements up to one Sync.
    enum Answer {
        /// Rows of each statement that ran, and the error that stopped the rest.
        case complete([Rows], error: ServerError?)
        /// The connection died first; rows of what had been answered by then.
        case lost([Rows])
    }

    /// Connects, blocking. Nil when that fails.
    init?(_ settings: DatabaseSettings) {
        let keywords = settings.keywords
        let names = CStringArray(keywords.map(\.0))
        let values = CStringArray(keywords.map(\.1))
        guard let handle = PQconnectdbParams(names.pointers, values.pointers, 1) else { return nil }
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
        guard PQstatus(handle) == CONNECTION_OK, PQenterPipelineMode(handle) == 1 else {
            PQfinish(handle)
            return nil
        }
        self.handle = handle
        self.settings = settings
    }

    deinit {
        PQfinish(handle)
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
        let name: String
        if settings.pooler == .transaction {
            name = ""
            settings.onStatement?(sql.text)
        } else if let known = prepared[sql.text] {
            return execute(known, sql)
        } else {
            name = "s\(prepared.count)"
            prepared[sql.text] = name
            settings.onStatement?(sql.text)
        }
        let types = sql.parameters.map(\.type.oid)
        guard PQsendPrepare(handle, name, sql.text, Int32(types.count), types) == 1 else { return false }
        expected.append(.prepare(text: sql.text))
        return execute(name, sql)
    }

    /// Ends a group: what was sent since the last Sync is one implicit transaction unless BEGIN was among it.
    func sync() -> Bool { PQpipelineSync(handle) == 1 }

    private func execute(_ name: String, _ sql: SQL) -> Bool {
        let bound = BoundParameters(sql.parameters)
        guard PQsendQueryPrepared(handle, name, bound.count, bound.values, bound.lengths, bound.formats, 0) == 1 else {
            return false
        }
        expected.append(.execute)
        return true
    }

    /// How many results the statements sent since the last call will have. To be kept with the group's Sync.
    func takeGroup() -> Group {
        defer { expected = [] }
        return Group(expected: expected)
    }

    struct Group {
        fileprivate let expected: [Expected]
    }

    // MARK: Receiving

    /// Reads up to the group's Sync, blocking. An implicit transaction commits there and a deferred constraint speaks
    /// there, so no answer may be given earlier.
    func receive(_ group: Group) -> Answer {
        var rows: [Rows] = []
        var error: ServerError?
        var index = 0
        while true {
            guard let result = PQgetResult(handle) else {
                // NULL stands between statements; on a dead connection it would come for ever.
                if PQstatus(handle) != CONNECTION_OK { return .lost(rows) }
                continue
            }
            switch PQresultStatus(result) {
            case PGRES_PIPELINE_SYNC:
                PQclear(result)
                return .complete(rows, error: error)
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK:
                let taken = Rows(result)
                if index < group.expected.count, case .execute = group.expected[index] { rows.append(taken) }
                index += 1
            case PGRES_PIPELINE_ABORTED:
                forget(group, at: index)
                index += 1
                PQclear(result)
            default:
                let failure = ServerError(result)
                PQclear(result)
                guard let failure else { return .lost(rows) }
                forget(group, at: index)
                index += 1
                if error == nil { error = failure }
                if failure.condemnsConnection { isCondemned = true }
            }
        }
    }

    /// A statement whose preparation failed or was skipped is prepared again when it is next used.
    private func forget(_ group: Group, at index: Int) {
        if index < group.expected.count, case .prepare(let text) = group.expected[index] { prepared[text] = nil }
    }
}

extension ServerError {
    /// Nil when libpq made the result itself or the server says good-bye: the connection is lost, nothing was refused.
    init?(_ result: OpaquePointer) {
        func field(_ code: Int32) -> String? { PQresultErrorField(result, code).map { String(cString: $0) } }
        guard let state = field(Int32(UInt8(ascii: "C"))), field(Int32(UInt8(ascii: "V"))) != "FATAL" else {
            return nil
        }
        self.init(
            sqlState: state, constraint: field(Int32(UInt8(ascii: "n"))), table: field(Int32(UInt8(ascii: "t"))),
            column: field(Int32(UInt8(ascii: "c"))))
    }
}
