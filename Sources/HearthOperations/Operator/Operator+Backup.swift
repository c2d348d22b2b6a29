import Foundation
import HearthCore
import HearthRules
import HearthWeb
import Postgres
import StrictJSON

extension Operator {
    /// Dumps the database while the service runs, and counts every table in the dump's own snapshot.
    package func backup(to path: String) async throws -> Answer {
        let tool = try PostgresTool("pg_dump")
        let connection = try ConnectionString(settings.migrationDatabaseURL)
        let manifestPath = BackupManifest.path(of: path)
        for taken in [path, manifestPath] where FileManager.default.fileExists(atPath: taken) {
            throw OperatorRefusal("\(taken) already exists; a backup is never overwritten")
        }
        let partial = path + ".partial"
        // Created before pg_dump writes to it, so that nobody else can read it.
        guard FileManager.default.createFile(atPath: partial, contents: nil, attributes: [.posixPermissions: 0o600])
        else { throw OperatorRefusal("\(partial) cannot be written") }
        defer { try? FileManager.default.removeItem(atPath: partial) }
        let now = try await now()
        try await noteEverywhere("backup")
        let tables = try await withLongStatements { patient in
            try await patient.transaction { transaction in
                _ = try transaction.query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                guard let snapshot: String = try transaction.query("SELECT pg_export_snapshot() AS name").scalar("name")
                else { throw DatabaseError.abandoned }
                try tool.run(
                    ["--format=custom", "--snapshot=\(snapshot)", "--file=\(partial)"]
                        + DatabaseContents.leftOut.map { "--exclude-table-data=public.\($0)" }, on: connection)
                return try DatabaseContents.count(in: &transaction)
            }
        }
        let (digest, bytes) = try await onOwnThread { try FileDigest.of(partial) }
        let manifest = BackupManifest(
            release: Hearth.version, madeAt: RFC3339.format(now), database: connection.database ?? "", digest: digest,
            bytes: bytes, tables: tables)
        guard
            FileManager.default.createFile(
                atPath: manifestPath, contents: Data(manifest.json), attributes: [.posixPermissions: 0o600])
        else { throw OperatorRefusal("\(manifestPath) cannot be written") }
        try FileManager.default.moveItem(atPath: partial, toPath: path)
        let rows = tables.values.reduce(0, +)
        return Answer(
            text:
                "\(path): \(bytes) bytes, \(tables.count) tables, \(rows) rows; counts in \(manifestPath). To verify it, run: hearth restore --check \(path)"
        ) { json in
            json.member("file", path)
            json.member("manifest", manifestPath)
            json.member("bytes", bytes)
            json.member("sha256", digest)
            json.member("tables", tables.count)
            json.member("rows", rows)
        }
    }
}
