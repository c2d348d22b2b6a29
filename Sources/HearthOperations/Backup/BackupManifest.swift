import Foundation
import StrictJSON

/// The contents of a backup, counted in the dump's own snapshot. Stored next to the dump, as `<dump>.json`.
struct BackupManifest: Sendable, Equatable {
    var release: String
    var madeAt: String
    var database: String
    /// SHA-256 of the dump, in hexadecimal digits.
    var digest: String
    var bytes: Int64
    /// Rows by table; each partition is listed separately.
    var tables: [String: Int64]

    static func path(of dump: String) -> String { dump + ".json" }

    var json: [UInt8] {
        var writer = JSONWriter()
        writer.object { json in
            json.member("hearth", release)
            json.member("made_at", madeAt)
            json.member("database", database)
            json.member("sha256", digest)
            json.member("bytes", bytes)
            json.object("tables") { json in
                for (name, count) in tables.sorted(by: { $0.key < $1.key }) { json.member(name, count) }
            }
        }
        return writer.bytes
    }

    /// - Throws: `OperatorRefusal` if it is missing or unreadable.
    init(besideDump dump: String) throws {
        let path = Self.path(of: dump)
        guard FileManager.default.fileExists(atPath: dump) else { throw OperatorRefusal("there is no file \(dump)") }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw OperatorRefusal("\(path) is missing or cannot be read; hearth backup writes it next to the dump")
        }
        guard let object = try? JSONParser().parse(Array(data)).value.asObject,
            let release = object["hearth"]?.asString, let madeAt = object["made_at"]?.asString,
            let database = object["database"]?.asString, let digest = object["sha256"]?.asString,
            let bytes = object["bytes"]?.asInteger, let tables = object["tables"]?.asObject
        else { throw OperatorRefusal("\(path) is not a manifest written by hearth backup") }
        self.release = release
        self.madeAt = madeAt
        self.database = database
        self.digest = digest
        self.bytes = bytes
        self.tables = Dictionary(
            tables.members.compactMap { member in member.value.asInteger.map { (member.name, $0) } },
            uniquingKeysWith: { first, _ in first })
    }

    init(release: String, madeAt: String, database: String, digest: String, bytes: Int64, tables: [String: Int64]) {
        self.release = release
        self.madeAt = madeAt
        self.database = database
        self.digest = digest
        self.bytes = bytes
        self.tables = tables
    }
}
