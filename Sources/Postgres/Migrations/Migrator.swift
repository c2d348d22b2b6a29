import CLibPQ
import Foundation

/// Brings a database to the state of the files, in order, all pending ones in one transaction.
///
/// Two that run at once are safe: the second waits for a table lock and finds nothing left to do.
package struct Migrator: Sendable {
    private let directory: String
    private let settings: DatabaseSettings

    package init(directory: String, settings: DatabaseSettings) {
        self.directory = directory
        self.settings = settings
    }

    /// Applies what is pending, or with `dryRun` only names it.
    /// - Throws: `MigrationError`.
    package func apply(dryRun: Bool = false) async throws -> [MigrationName] {
        let files = try MigrationFile.all(in: directory)
        return try await onThread {
            let session = try Session(settings)
            try session.run("BEGIN; SET LOCAL lock_timeout = '60s'; SET LOCAL statement_timeout = 0")
            let isNew = try session.strings("SELECT to_regclass('schema_migrations') IS NULL") == [["t"]]
            if isNew, dryRun { return files.map(\.id) }
            if isNew {
                // Two may create it at once; the loser meets a unique violation in the catalogue and is run again.
                try session.run(
                    """
                    CREATE TABLE IF NOT EXISTS schema_migrations (
                        number integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,
                        applied_at timestamptz NOT NULL)
                    """)
            }
            try session.run("LOCK TABLE schema_migrations IN EXCLUSIVE MODE")
            let pending = try Self.pending(files, session)
            if !dryRun {
                for file in pending { try session.apply(file) }
                try session.run("COMMIT")
            }
            return pending.map(\.id)
        }
    }

    /// The files that are not applied yet, after those that are have been found unchanged.
    private static func pending(_ files: [MigrationFile], _ session: Session) throws -> [MigrationFile] {
        let applied = try session.strings("SELECT number, name, checksum FROM schema_migrations ORDER BY number")
        for (index, row) in applied.enumerated() {
            guard let number = Int(row[0]) else { continue }
            let name = MigrationName(number: number, name: row[1])
            guard index < files.count, files[index].id == name else { throw MigrationError.unknown(name) }
            guard try session.checksum(of: files[index].text) == row[2] else { throw MigrationError.changed(name) }
        }
        return Array(files.dropFirst(applied.count))
    }

    private func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            Thread { continuation.resume(with: Result { try Self.rerunning(body) }) }.start()
        }
    }

    /// Creating the table in two sessions at once refuses one of them; everything is looked at anew then.
    private static func rerunning<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch MigrationError.refused(nil, let error) where ["23505", "42P07"].contains(error.sqlState) {
            return try body()
        }
    }
}

extension MigrationFile {
    var id: MigrationName { MigrationName(number: number, name: name) }
}

/// A plain connection in the simple protocol, which runs files of many statements. Blocking.
private final class Session {
    private let handle: OpaquePointer

    init(_ settings: DatabaseSettings) throws(MigrationError) {
        let keywords = settings.keywords.filter { $0.0 != "options" }
        let names = CStringArray(keywords.map(\.0))
        let values = CStringArray(keywords.map(\.1))
        guard let handle = PQconnectdbParams(names.pointers, values.pointers, 1) else { throw .unreachable }
        guard PQstatus(handle) == CONNECTION_OK else {
            PQfinish(handle)
            throw .unreachable
        }
        self.handle = handle
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
    }

    deinit {
        PQfinish(handle)
    }

    func run(_ text: String) throws(MigrationError) {
        PQclear(try execute(text, for: nil))
    }

    func apply(_ file: MigrationFile) throws(MigrationError) {
        PQclear(try execute(file.text, for: file.id))
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

    /// SHA-256 in hexadecimal, by the server.
    func checksum(of text: String) throws(MigrationError) -> String {
        try strings("SELECT encode(sha256(convert_to(\(quote(text)), 'UTF8')), 'hex')")[0][0]
    }

    private func execute(_ text: String, for migration: MigrationName?) throws(MigrationError) -> OpaquePointer? {
        let result = PQexec(handle, text)
        let status = PQresultStatus(result)
        guard status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK else {
            defer { PQclear(result) }
            guard let result, let error = ServerError(result) else { throw .unreachable }
            throw .refused(migration, error)
        }
        return result
    }

    /// As a literal of the server's own quoting.
    private func quote(_ text: String) -> String {
        guard let quoted = PQescapeLiteral(handle, text, text.utf8.count) else { return "''" }
        defer { PQfreemem(quoted) }
        return String(cString: quoted)
    }
}
