import Foundation
import HearthCore
import Postgres
import StrictJSON

extension Operator {
    /// Verifies a backup in a temporary database on the same server, which is dropped afterwards.
    package func checkBackup(_ path: String) async throws -> Answer {
        let manifest = try await intactManifest(of: path)
        let tool = try PostgresTool("pg_restore")
        let name = "hearth_check_" + SecureRandom.bytes(8).map { String($0, radix: 16) }.joined()
        let side = try ConnectionString(settings.migrationDatabaseURL).naming(database: name)
        return try await withLongStatements { patient in
            _ = try await patient.write("CREATE DATABASE \(unescaped: name) TEMPLATE template0")
            let result: Result<Answer, any Error>
            do {
                try await Self.restore(path, with: tool, to: name, on: ConnectionString(side))
                result = .success(
                    try await withLongStatements(on: side) { try await verify($0, uri: side, against: manifest) })
            } catch {
                result = .failure(error)
            }
            _ = try await patient.write("DROP DATABASE \(unescaped: name) WITH (FORCE)")
            return try result.get()
        }
    }

    /// Restores into the service's own database, which must be empty. It starts in quarantine.
    package func restore(_ path: String) async throws -> Answer {
        let manifest = try await intactManifest(of: path)
        let tool = try PostgresTool("pg_restore")
        let connection = try ConnectionString(settings.migrationDatabaseURL)
        guard let name = connection.database else { throw OperatorRefusal("HEARTH_DATABASE_URL names no database") }
        let found = try await withLongStatements { try await $0.transaction { try DatabaseContents.count(in: &$0) } }
        guard found.isEmpty else {
            throw OperatorRefusal("the database '\(name)' has tables already. Create an empty one and point to it")
        }
        try await Self.restore(path, with: tool, to: name, on: connection)
        return try await withLongStatements {
            try await verify($0, uri: settings.migrationDatabaseURL, against: manifest)
        }
    }

    private func intactManifest(of path: String) async throws -> BackupManifest {
        let manifest = try BackupManifest(besideDump: path)
        let (digest, bytes) = try await onOwnThread { try FileDigest.of(path) }
        guard digest == manifest.digest else {
            throw OperatorRefusal(
                "\(path) has changed since the backup: it has \(bytes) bytes, and its SHA-256 differs from the one in \(BackupManifest.path(of: path))"
            )
        }
        return manifest
    }

    private static func restore(
        _ path: String, with tool: PostgresTool, to name: String, on connection: ConnectionString
    ) async throws {
        try await onOwnThread {
            try tool.run(
                ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--dbname=\(name)", path],
                on: connection)
        }
    }

    /// Compares row counts, applies pending migrations, then checks every sealed value and every audit chain.
    private func verify(_ restored: Database, uri: String, against manifest: BackupManifest) async throws -> Answer {
        let found = try await restored.transaction { try DatabaseContents.count(in: &$0) }
        let differences = DatabaseContents.differences(expected: manifest.tables, found: found)
        let migrated = try await Migrator(
            directory: settings.shareDirectory + "/migrations", settings: DatabaseSettings(uri: uri)
        ).apply()
        let isQuarantined = try await !Quarantine.isServing(restored)
        let problem = try await KeyRegistry(database: restored).problem(with: settings.keyRing)
        let sealed = try await OpenSealedValues(database: restored, ring: settings.keyRing).run()
        let chains = try await AuditVerification(database: restored, keyRing: settings.keyRing).verifyAll()
        let rows = found.values.reduce(0, +)
        let entries = chains.reduce(0) { $0 + $1.verified }
        var problems = differences + sealed.problems.prefix(20).map(\.description)
        if sealed.problems.count > 20 { problems.append("… and \(sealed.problems.count - 20) more sealed values.") }
        problems += chains.flatMap { chain in chain.problems.map { "audit of tenant \(chain.tenantID): \($0)" } }
            .prefix(20)
        if let problem { problems.append(problem) }
        if !isQuarantined { problems.append("the restored database is not in quarantine") }
        let summary =
            """
            Backup of \(manifest.madeAt): \(found.count) tables, \(rows) rows, \(sealed.opened) sealed values opened, \
            the audit of \(chains.count) tenants verified with \(entries) entries.
            """
        var answer = Answer(text: ([summary] + (problems.isEmpty ? ["It is good."] : problems)).joined(separator: "\n"))
        {
            json in
            json.member("made_at", manifest.madeAt)
            json.member("release", manifest.release)
            json.member("tables", found.count)
            json.member("rows", rows)
            json.member("sealed_values_opened", sealed.opened)
            json.member("audit_chains_verified", chains.count)
            json.member("audit_entries_verified", entries)
            json.member("migrations_applied", migrated.count)
            json.member("quarantined", isQuarantined)
            json.array("problems") { json in for problem in problems { json.value(problem) } }
        }
        answer.isFailure = !problems.isEmpty
        return answer
    }
}
