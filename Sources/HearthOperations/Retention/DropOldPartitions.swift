import Foundation
import Postgres

/// Drops the monthly partitions of `events` and `webhook_attempts` in which every row has expired.
///
/// DETACH CONCURRENTLY comes first, so that readers of other months do not wait; if it is interrupted, the next run
/// finishes it. Requires a connection whose statements may wait for a long time.
struct DropOldPartitions: Sendable {
    let database: Database

    /// - Returns: the names of the dropped partitions.
    func run(of table: String, before cutoff: Date) async throws -> [String] {
        let rows = try await database.read(
            """
            SELECT c.relname AS name, i.inhrelid IS NOT NULL AS attached, coalesce(i.inhdetachpending, false) AS pending
            FROM pg_class c
            LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
            WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
                AND c.relname ~ ('^' || \(table) || '_[0-9]{4}_[0-9]{2}$')
                AND to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month' <= (\(cutoff) AT TIME ZONE 'UTC')
            ORDER BY c.relname
            """)
        var dropped: [String] = []
        for row in rows {
            let name: String = try row["name"]
            if try row["pending"] {
                _ = try await database.write(
                    "ALTER TABLE \(unescaped: table) DETACH PARTITION \(unescaped: name) FINALIZE")
            } else if try row["attached"] {
                _ = try await database.write(
                    "ALTER TABLE \(unescaped: table) DETACH PARTITION \(unescaped: name) CONCURRENTLY")
            }
            _ = try await database.write("DROP TABLE IF EXISTS \(unescaped: name)")
            dropped.append(name)
        }
        return dropped
    }
}
