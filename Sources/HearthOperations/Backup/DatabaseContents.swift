import Postgres

/// Counts the rows of the tables in the service's schema.
enum DatabaseContents {
    /// Tables whose rows are excluded from backups: `installation` identifies one database, a restore must not bring back
    /// sessions that have ended since, and the others describe running processes.
    static let leftOut = [
        "installation", "console_sessions", "operator_sessions", "periodic_tasks", "cluster_gauges",
    ]

    /// Counts rows in the transaction's snapshot; each partition separately.
    static func count(in transaction: inout Transaction) throws -> [String: Int64] {
        let tables = try transaction.query(
            """
            SELECT c.relname AS name, format('%I.%I', n.nspname, c.relname) AS quoted FROM pg_class c
            JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relname <> ALL(\(leftOut)) ORDER BY c.relname
            """)
        var counts: [String: Int64] = [:]
        for table in tables {
            let quoted: String = try table["quoted"]
            counts[try table["name"]] =
                try transaction.query("SELECT count(*) AS count FROM \(unescaped: quoted)").scalar("count") ?? 0
        }
        return counts
    }

    /// Describes the differences.
    static func differences(expected: [String: Int64], found: [String: Int64]) -> [String] {
        Set(expected.keys).union(found.keys).sorted().compactMap { name in
            switch (expected[name], found[name]) {
            case (let expected?, let found?) where expected == found: nil
            case (let expected?, let found?): "\(name) has \(found) rows, not \(expected)"
            case (_, nil): "\(name) is missing"
            case (nil, let found?): "\(name), with \(found) rows, was not in the backup"
            }
        }
    }
}
