import Foundation
import Postgres
import TestSupport
import Testing

@Suite("Migrations", .timeLimit(.minutes(2)))
struct MigratorTests {
    /// A directory of migrations and a separate database.
    private struct Site {
        let directory: URL
        let test: TestDatabase

        func file(_ name: String, _ text: String) throws {
            try text.write(to: directory.appending(path: name), atomically: true, encoding: .utf8)
        }

        func remove(_ name: String) throws {
            try FileManager.default.removeItem(at: directory.appending(path: name))
        }

        var migrator: Migrator { Migrator(directory: directory.path, settings: DatabaseSettings(uri: test.uri)) }

        func apply(dryRun: Bool = false) async throws -> [String] {
            try await migrator.apply(dryRun: dryRun).map(\.description)
        }

        /// The existing tables.
        func tables() async throws -> [String] {
            try await test.connected({ $0.connections = 1 }) { database in
                try await database.read(
                    "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
                ).map { try $0["name"] }
            }
        }
    }

    private func withSite(_ body: (Site) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "migrations-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try await TestDatabase.with { test in try await body(Site(directory: directory, test: test)) }
    }

    @Test("files with several statements are applied in order, once; a dry run changes nothing")
    func order() async throws {
        try await withSite { site in
            try site.file("0001_first.sql", "CREATE TABLE a (x int);\nINSERT INTO a VALUES (1);")
            try site.file("0002_second.sql", "ALTER TABLE a ADD y text DEFAULT 'it''s; \\';\n-- the end")
            #expect(try await site.apply(dryRun: true) == ["0001_first", "0002_second"])
            #expect(try await site.tables() == [])
            #expect(try await site.apply() == ["0001_first", "0002_second"])
            #expect(try await site.apply() == [])
            try site.file("0003_third.sql", "CREATE TABLE b (x int)")
            try site.file("0004_comment.sql", "-- nothing yet\n")
            #expect(try await site.apply(dryRun: true) == ["0003_third", "0004_comment"])
            #expect(try await site.tables() == ["a", "schema_migrations"])
            #expect(try await site.apply() == ["0003_third", "0004_comment"])
            #expect(try await site.tables() == ["a", "b", "schema_migrations"])
        }
    }

    @Test("a failing file rolls back all pending ones, and is reported with its line")
    func failure() async throws {
        try await withSite { site in
            try site.file("0001_good.sql", "CREATE TABLE a (x int)")
            try site.file("0002_bad.sql", "CREATE TABLE b (x int);\n\nCREATE TABLE c (x nonsense);")
            await #expect {
                try await site.apply()
            } throws: {
                guard case .refused(let name, let error, let line)? = $0 as? MigrationError else { return false }
                return name?.description == "0002_bad" && error.sqlState == "42704" && line == 3
            }
            #expect(try await site.tables() == [])
        }
    }

    @Test("a changed, missing or inserted file is refused by name")
    func divergence() async throws {
        try await withSite { site in
            try site.file("0001_first.sql", "CREATE TABLE a (x int)")
            try site.file("0002_second.sql", "CREATE TABLE b (x int)")
            _ = try await site.apply()
            try site.file("0001_first.sql", "CREATE TABLE a (x bigint)")
            for dryRun in [true, false] {
                await #expect(throws: MigrationError.changed(MigrationName(number: 1, name: "first"))) {
                    try await site.apply(dryRun: dryRun)
                }
            }
            try site.file("0001_first.sql", "CREATE TABLE a (x int)")
            try site.remove("0002_second.sql")
            await #expect(throws: MigrationError.unknown(MigrationName(number: 2, name: "second"))) {
                try await site.apply()
            }
            try site.file("0002_other.sql", "CREATE TABLE c (x int)")
            await #expect(throws: MigrationError.unknown(MigrationName(number: 2, name: "second"))) {
                try await site.apply()
            }
            #expect(try await site.tables() == ["a", "b", "schema_migrations"])
        }
    }

    @Test("invalid names and numbers are refused")
    func names() async throws {
        try await withSite { site in
            try site.file("0002_second.sql", "SELECT 1")
            await #expect(throws: MigrationError.gap(before: "0002_second.sql")) { try await site.apply() }
            try site.file("0001_first.sql", "SELECT 1")
            try site.file("0002_twice.sql", "SELECT 1")
            await #expect(throws: MigrationError.gap(before: "0002_twice.sql")) { try await site.apply() }
            try site.remove("0002_twice.sql")
            try site.file("3_third.sql", "SELECT 1")
            await #expect(throws: MigrationError.misnamed("3_third.sql")) { try await site.apply() }
        }
        let nowhere = Migrator(directory: "/nonexistent", settings: DatabaseSettings(uri: "postgresql:///"))
        await #expect(throws: MigrationError.unreadable("/nonexistent")) { try await nowhere.apply() }
    }

    @Test("concurrent migrators apply everything once, on a new database and on an older one", arguments: [1, 2])
    func together(first: Int) async throws {
        try await withSite { site in
            try site.file("0001_table.sql", "CREATE TABLE t1 (x int)")
            if first > 1 { _ = try await site.apply() }
            for number in 2...5 {
                try site.file("000\(number)_table.sql", "CREATE TABLE t\(number) (x int); SELECT pg_sleep(0.02);")
            }
            let applied = try await withThrowingTaskGroup { group in
                for _ in 0..<6 { group.addTask { try await site.apply() } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(applied.filter { $0.count == 6 - first }.count == 1)
            #expect(applied.filter { $0.isEmpty }.count == 5)
            #expect(try await site.tables().count == 6)
        }
    }

    @Test("a table name that is taken between check and creation, and then free again, does no harm")
    func nameTakenMeanwhile() async throws {
        try await withSite { site in
            try site.file("0001_first.sql", "CREATE TABLE a (x int)")
            try await site.test.connected({ $0.connections = 3 }) { database in
                // Creating a table needs the lock before it looks at the names of types.
                let lock: SQL = "LOCK TABLE pg_class IN SHARE MODE"
                let gate = Gate()
                async let taken: Void = database.transaction { transaction in
                    _ = try transaction.query(all: [lock, "CREATE TYPE schema_migrations AS ENUM ()"])
                    gate.wait()
                }
                await gate.isReached()
                async let applied = site.apply()
                try await Self.lockIsAwaited(by: 1, database)
                // This is next in the queue for the lock, so the name is free before the migrator tries again.
                async let freed: Void = database.transaction { transaction in
                    _ = try transaction.query(all: [lock, "DROP TYPE schema_migrations"])
                }
                try await Self.lockIsAwaited(by: 2, database)
                gate.open()
                #expect(try await applied == ["0001_first"])
                _ = try await (taken, freed)
            }
        }
    }

    private static func lockIsAwaited(by count: Int, _ database: Database) async throws {
        while true {
            let waiting: Int =
                try await database.read(
                    """
                    SELECT count(*) AS count FROM pg_locks
                    WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database())
                        AND relation = 'pg_class'::regclass AND NOT granted
                    """
                ).scalar("count") ?? 0
            if waiting == count { return }
            await Task.yield()
        }
    }

    @Test("a file that commits by itself is refused by name")
    func commits() async throws {
        try await withSite { site in
            try site.file("0001_commits.sql", "CREATE TABLE a (x int); COMMIT; CREATE TABLE b (x int);")
            await #expect(throws: MigrationError.endsTransaction(MigrationName(number: 1, name: "commits"))) {
                try await site.apply()
            }
        }
    }

    @Test("an unreachable database is reported with the reason and without the password")
    func unreachable() async throws {
        try await withSite { site in
            try site.file("0001_first.sql", "SELECT 1")
            let settings = DatabaseSettings(uri: "postgresql://nobody:very-secret@127.0.0.1:1/nothing")
            let migrator = Migrator(directory: site.directory.path, settings: settings)
            await #expect {
                try await migrator.apply()
            } throws: {
                "\($0)".contains("127.0.0.1") && !"\($0)".contains("very-secret")
            }
        }
    }
}
