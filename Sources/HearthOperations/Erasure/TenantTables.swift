import Postgres

/// The tables with rows of tenants, read from the database's catalogue so that new tables are included.
struct TenantTables: Sendable {
    struct Table: Sendable {
        /// The quoted name with its schema. A partition is a table of its own.
        let quoted: String
        /// The table under which rows are counted: for a partition, the partitioned table.
        let name: String
        let columns: Set<String>
    }

    /// In deletion order: tables come after those that refer to them, `tenants` last. Does not include receipts.
    let tables: [Table]

    /// Tables with a cycle of foreign keys cannot be ordered. A new cycle must be broken here like the existing one.
    struct Circle: Error, CustomStringConvertible {
        let tables: [String]
        var description: String { "the foreign keys of \(tables.joined(separator: ", ")) form a cycle" }
    }

    /// This key's column is set to null before the rows are erased, which breaks the only cycle.
    private static let opened = "mailboxes_tenant_id_grant_id_fkey"
    static let receipts = "erasures"

    init(_ database: Database) async throws {
        let rows = try await database.read(
            """
            SELECT t.oid::bigint AS id, format('%I.%I', n.nspname, t.relname) AS quoted,
                coalesce(p.relname, t.relname) AS name,
                ARRAY(SELECT a.attname::text FROM pg_attribute a
                    WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
            FROM pg_class t
            JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname = 'public'
            LEFT JOIN pg_inherits i ON i.inhrelid = t.oid
            LEFT JOIN pg_class p ON p.oid = i.inhparent
            WHERE t.relkind = 'r' AND t.relname <> \(Self.receipts) AND EXISTS (
                SELECT FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped)
            ORDER BY t.relname
            """)
        let links = try await database.read(
            """
            SELECT conrelid::bigint AS child, confrelid::bigint AS parent FROM pg_constraint
            WHERE contype = 'f' AND conrelid <> confrelid AND conname <> \(Self.opened)
            """
        ).map { (child: try $0["child"] as Int64, parent: try $0["parent"] as Int64) }
        var waiting: [(id: Int64, table: Table)] = try rows.map { row in
            let columns: [String] = try row["columns"]
            return (try row["id"], Table(quoted: try row["quoted"], name: try row["name"], columns: Set(columns)))
        }
        var ordered: [Table] = []
        while !waiting.isEmpty {
            let left = Set(waiting.map(\.id))
            let free = waiting.filter { entry in !links.contains { $0.parent == entry.id && left.contains($0.child) } }
            guard !free.isEmpty else { throw Circle(tables: waiting.map(\.table.name)) }
            ordered += free.map(\.table)
            let taken = Set(free.map(\.id))
            waiting.removeAll { taken.contains($0.id) }
        }
        tables = ordered
    }
}
