import Foundation

/// Brings a database to the state of the files, in order, all pending ones in one transaction.
///
/// Two that run at once are safe: the second waits for a table lock and finds nothing left to do. The role needs no
/// more than to create tables in its schema.
package struct Migrator: Sendable {
    private let directory: String
    private let settings: DatabaseSettings

    /// - Parameter settings: only where to connect and under which name. A migration has no statement timeout.
    package init(directory: String, settings: DatabaseSettings) {
        self.directory = directory
        self.settings = settings
    }

    /// Applies what is pending, or with `dryRun` only names it and changes nothing.
    /// - Returns: what was applied, or would be.
    /// - Throws: `MigrationError`. Nothing was changed then.
    package func apply(dryRun: Bool = false) async throws -> [MigrationName] {
        let files = try MigrationFile.all(in: directory)
        return try await onThread {
            let session = try MigrationSession(settings)
            // READ COMMITTED: what the other one has done must be seen after the wait for its lock.
            try session.run("BEGIN ISOLATION LEVEL READ COMMITTED")
            try session.run("SET LOCAL statement_timeout = 0")
            let isNew = try session.strings("SELECT to_regclass('schema_migrations') IS NULL") == [["t"]]
            if dryRun { return isNew ? files.map(\.id) : try Self.pending(files, session).map(\.id) }
            if isNew { try session.createTable() }
            // Another one may be at a long migration; it is waited for.
            try session.run("SET LOCAL lock_timeout = '10min'")
            try session.run("LOCK TABLE schema_migrations IN EXCLUSIVE MODE")
            let pending = try Self.pending(files, session)
            // A migration that waits for a lock holds up all who come after it, so it gives up early.
            try session.run("SET LOCAL lock_timeout = '15s'")
            for file in pending { try session.apply(file) }
            try session.run("COMMIT")
            return pending.map(\.id)
        }
    }

    /// The files that are not applied yet, after those that are have been found unchanged.
    private static func pending(_ files: [MigrationFile], _ session: MigrationSession) throws -> [MigrationFile] {
        let applied = try session.strings("SELECT number, name, checksum FROM schema_migrations ORDER BY number")
        for (index, row) in applied.enumerated() {
            let name = MigrationName(number: Int(row[0]) ?? 0, name: row[1])
            guard index < files.count, files[index].id == name else { throw MigrationError.unknown(name) }
            guard try session.checksum(of: files[index].text) == row[2] else { throw MigrationError.changed(name) }
        }
        return Array(files.dropFirst(applied.count))
    }

    private func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        defer { SanitizerFence.acquire() }
        return try await withCheckedThrowingContinuation { continuation in
            let thread = Thread {
                let result = Result { try Self.rerunning(body) }
                SanitizerFence.release()
                continuation.resume(with: result)
            }
            thread.name = "postgres-migrator"
            thread.start()
        }
    }

    /// Of two sessions that create the table at once, one is refused; everything is looked at anew then. By when it
    /// notices the other, `IF NOT EXISTS` notwithstanding: the name is there as a table (42P07), only as the type of
    /// the table's rows (42710), or came into the catalogue's unique index meanwhile (23505).
    private static func rerunning<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch MigrationError.refused(nil, let error, line: _)
            where ["42P07", "42710", "23505"].contains(error.sqlState)
        {
            return try body()
        }
    }
}
