import Foundation

/// Migrates a database: applies the pending files in order, all in one transaction.
///
/// Concurrent runs are safe: the second waits for a table lock and finds nothing left to do. The role only needs
/// permission to create tables in its schema.
package struct Migrator: Sendable {
    private let directory: String
    private let settings: DatabaseSettings

    /// - Parameter settings: used only for the URI and the application name. A migration has no statement timeout.
    package init(directory: String, settings: DatabaseSettings) {
        self.directory = directory
        self.settings = settings
    }

    /// Applies the pending migrations, or with `dryRun` only lists them and changes nothing.
    /// - Returns: the migrations that were applied, or would be.
    /// - Throws: `MigrationError`. Nothing was changed, except in the case of `endsTransaction`.
    package func apply(dryRun: Bool = false) async throws -> [MigrationName] {
        let files = try MigrationFile.all(in: directory)
        return try await onThread {
            let session = try MigrationSession(settings)
            // READ COMMITTED, to see what a concurrent run did once its lock is released.
            try session.run("BEGIN ISOLATION LEVEL READ COMMITTED")
            try session.run("SET LOCAL statement_timeout = 0")
            let isNew = try session.strings("SELECT to_regclass('schema_migrations') IS NULL") == [["t"]]
            if dryRun { return isNew ? files.map(\.id) : try Self.pending(files, session).map(\.id) }
            if isNew { try session.createTable() }
            // A concurrent run may be applying a long migration; wait for it.
            try session.run("SET LOCAL lock_timeout = '10min'")
            try session.run("LOCK TABLE schema_migrations IN EXCLUSIVE MODE")
            let pending = try Self.pending(files, session)
            // A migration that waits for a lock blocks every later transaction, so it gives up early.
            try session.run("SET LOCAL lock_timeout = '15s'")
            for file in pending { try session.apply(file) }
            try session.run("COMMIT")
            return pending.map(\.id)
        }
    }

    /// Returns the files that are not applied yet, after checking that the applied ones are unchanged.
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

    /// If two sessions create the table at the same time, one fails despite `IF NOT EXISTS` and starts again. The code
    /// depends on when it notices the other: the table exists (42P07), only the type of its rows exists (42710), or the
    /// unique index of the catalogue rejects it (23505).
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
