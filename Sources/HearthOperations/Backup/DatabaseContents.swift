import Postgres

/// The tables of the service's schema and how many rows each has.
enum DatabaseContents {
    /// The rows of these are left out of every backup: that of `installation` belongs to one database, a session that has
    /// been ended since must not come back with a restore, and the others say what running processes do.
    static let leftOut = [
        "installation", "console_sessions", "operator_sessions", "periodic_tasks", "cluster_gauges",
    ]

    /// In the transaction's snapshot. Partitions each by themselves.
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

    /// What differs, in words.
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
