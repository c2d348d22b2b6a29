import CLibPQ

/// A connection that uses the simple protocol, which can run files of many statements. Its calls block.
final class MigrationSession {
    private let handle: OpaquePointer

    init(_ settings: DatabaseSettings) throws {
        try ConnectionKeywords.validate(settings.uri)
        do {
            handle = try openConnection(ConnectionKeywords(settings, sessionOptions: []))
        } catch {
            throw MigrationError.unreachable(error.reason)
        }
    }

    deinit {
        PQfinish(handle)
    }

    func run(_ text: String) throws(MigrationError) {
        PQclear(try execute(text, for: nil))
    }

    func createTable() throws(MigrationError) {
        try run(
            """
            CREATE TABLE IF NOT EXISTS schema_migrations (
                number integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL)
            """)
    }

    /// Runs a file and records it.
    func apply(_ file: MigrationFile) throws(MigrationError) {
        PQclear(try execute(file.text, for: file.id))
        guard PQtransactionStatus(handle) == PQTRANS_INTRANS else { throw .endsTransaction(file.id) }
        let checksum = try checksum(of: file.text)
        PQclear(
            try execute(
                """
                INSERT INTO schema_migrations (number, name, checksum, applied_at)
                VALUES (\(file.number), \(quote(file.name)), \(quote(checksum)), clock_timestamp())
                """, for: file.id))
    }

    func strings(_ text: String) throws(MigrationError) -> [[String]] {
        let rows = try execute(text, for: nil)
        defer { PQclear(rows) }
        return (0..<PQntuples(rows)).map { row in
            (0..<PQnfields(rows)).map { column in PQgetvalue(rows, row, column).map { String(cString: $0) } ?? "" }
        }
    }

    /// SHA-256 in hexadecimal, calculated by the server.
    func checksum(of text: String) throws(MigrationError) -> String {
        try strings("SELECT encode(sha256(convert_to(\(quote(text)), 'UTF8')), 'hex')")[0][0]
    }

    private func execute(_ text: String, for migration: MigrationName?) throws(MigrationError) -> OpaquePointer? {
        let result = PQexec(handle, text)
        switch PQresultStatus(result) {
        // Empty: a file that contains only comments.
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: return result
        default:
            defer { PQclear(result) }
            guard let result, let error = ServerError(result) else {
                throw .unreachable("the connection was lost")
            }
            throw .refused(migration, error, line: Self.line(of: result, in: text))
        }
    }

    /// The line of `text` that the server's error points to; the position counts characters from 1.
    private static func line(of result: OpaquePointer, in text: String) -> Int? {
        guard let field = PQresultErrorField(result, Int32(UInt8(ascii: "P"))),
            let position = Int(String(cString: field))
        else { return nil }
        return 1 + text.unicodeScalars.prefix(max(0, position - 1)).count { $0 == "\n" }
    }

    /// Quotes a literal by the server's rules.
    private func quote(_ text: String) -> String {
        guard let quoted = PQescapeLiteral(handle, text, text.utf8.count) else { return "''" }
        defer { PQfreemem(quoted) }
        return String(cString: quoted)
    }
}
