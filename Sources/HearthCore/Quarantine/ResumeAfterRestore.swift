package import Foundation
package import Postgres

/// Ends the quarantine of a restored database.
///
/// What was given out after the backup was made is known outside and not here: ids, positions and sequences of events.
/// They are never given out a second time for something else, so all of them go on far behind. Ended at any point it is
/// begun again; the numbers then go on further still.
package struct ResumeAfterRestore: Sendable {
    let database: Database
    let now: @Sendable () -> Date

    package init(database: Database, now: @escaping @Sendable () -> Date) {
        self.database = database
        self.now = now
    }

    /// More than a service gives out between two backups.
    static let skippedIDBlocks: Int64 = 1_000_000
    static let skippedPositions: Int64 = 1_000_000
    static let skippedSequences: Int64 = 1_000
    private static let page: Int64 = 1_000

    /// What goes out next: due deliveries, and the age of the oldest.
    package struct Backlog: Sendable {
        package let deliveries: Int
        package let oldest: Date?
        package let liveGrants: Int
    }

    package func backlog() async throws -> Backlog {
        let row = try await database.read(
            """
            SELECT (SELECT coalesce(sum(last - next + 1), 0)::bigint FROM webhook_lanes WHERE due_at IS NOT NULL) AS deliveries,
                (SELECT min(d.event_created_at) FROM webhook_lanes l
                    JOIN webhook_deliveries d ON d.tenant_id = l.tenant_id AND d.endpoint_id = l.endpoint_id
                        AND d.lane_key = l.lane_key AND d.number = l.next
                    WHERE l.due_at IS NOT NULL) AS oldest,
                (SELECT count(*) FROM grants WHERE state = 'live') AS grants
            """
        ).first
        guard let row else { throw DatabaseError.abandoned }
        return Backlog(
            deliveries: try row["deliveries"], oldest: try row[nullable: "oldest"], liveGrants: try row["grants"])
    }

    /// - Returns: how many tenants there are.
    package func run() async throws -> Int {
        let skipped = Self.skippedIDBlocks * 1_000
        _ = try await database.read("SELECT setval('ids', nextval('ids') + \(skipped))")
        var tenants = 0
        var last: Int64 = 0
        while true {
            let page: [Int64] = try await database.read(
                "SELECT tenant_id FROM tenants WHERE tenant_id > \(last) ORDER BY tenant_id LIMIT \(Self.page)"
            ).map { try $0["tenant_id"] }
            guard let end = page.last else { break }
            for tenant in page { try await goOn(tenant) }
            tenants += page.count
            last = end
        }
        _ = try await database.write(Installation.resume(at: now()))
        return tenants
    }

    private func goOn(_ tenant: Int64) async throws {
        try await database.transaction { transaction in
            // A refresh after the backup may have made Microsoft forget the token that is stored here.
            transaction.write(
                "UPDATE grants SET interrupted = true, lease_until = NULL WHERE tenant_id = \(tenant) AND state = 'live'"
            )
            transaction.write(
                """
                UPDATE campaigns SET event_sequence = event_sequence + \(Self.skippedSequences)::integer
                WHERE tenant_id = \(tenant)
                """)
            transaction.write(
                "UPDATE tenant_feeds SET position = position + \(Self.skippedPositions) WHERE tenant_id = \(tenant)")
        }
    }
}
