package import Foundation
import HearthRules
package import Postgres

/// Ends the quarantine of a restored database.
///
/// Ids, event positions and sequences that were issued after the backup are known to partners but not to this database. They
/// must never be issued again, so all of them skip far ahead. An interrupted run can be repeated; the numbers then skip again.
package struct ResumeAfterRestore: Sendable {
    let database: Database
    let now: @Sendable () -> Date

    package init(database: Database, now: @escaping @Sendable () -> Date) {
        self.database = database
        self.now = now
    }

    /// More than a service issues between two backups.
    static let skippedIDBlocks: Int64 = 1_000_000
    static let skippedPositions: Int64 = 1_000_000
    static let skippedSequences: Int64 = 1_000
    private static let page: Int64 = 1_000

    /// The deliveries that will be sent after the release, with the time of the oldest event, and the number of live grants.
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

    /// - Returns: the number of tenants.
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
        let now = now()
        try await database.transaction { transaction in
            // The service may have sent them after the backup, so they are looked for before anything else is done.
            transaction.write(
                """
                UPDATE messages SET status = \(MessageMove.submit.target), submitted_at = \(now), due_at = \(now)
                WHERE tenant_id = \(tenant) AND send_at <= \(now) AND \(MessageMove.submit.isAllowed())
                """)
            // A refresh after the backup may have invalidated the stored token at Microsoft.
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
