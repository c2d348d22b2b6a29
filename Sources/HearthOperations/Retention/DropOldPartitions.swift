import Foundation
import Postgres

/// Drops the months of `events` and `webhook_attempts` whose youngest row has had its time.
///
/// DETACH CONCURRENTLY first, so that nobody waits who reads other months; ended in between, it is finished by the next
/// run. To be run on a connection whose statements may wait.
struct DropOldPartitions: Sendable {
    let database: Database

    /// - Returns: the names of the dropped ones.
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
