import Foundation
import Logging
import Postgres
import ServiceLifecycle

/// The worker that chains audit entries in the order of the feed, and cuts off what is older than it is kept.
struct ChainAudit: Service, CustomStringConvertible {
    let database: Database
    let keyRing: KeyRing
    /// How long entries are kept, in seconds.
    let retention: TimeInterval
    let now: @Sendable () -> Date
    let logger: Logger

    var description: String { "ChainAudit" }

    private static let batch = 500
    private static let pause = Duration.seconds(1)
    private static let looksBetweenCuts = 600

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var looks = 0
            while !Task.isCancelled {
                do {
                    try await chainAll()
                    if looks.isMultiple(of: Self.looksBetweenCuts) { try await cutAll() }
                } catch {
                    logger.warning("The audit could not be chained; trying again", metadata: ["error": "\(error)"])
                }
                looks += 1
                try? await Task.sleep(for: Self.pause)
            }
        }
    }

    func chainAll() async throws {
        let tenants = try await database.read("SELECT DISTINCT tenant_id FROM audit_entries WHERE position IS NULL")
        for row in tenants {
            await separately(try row["tenant_id"]) { tenant in
                while try await chain(tenant: tenant) == Self.batch {}
            }
        }
    }

    /// What stands in the way of one tenant's chain, such as rows that somebody has put in, holds up no other's.
    private func separately(_ tenant: Int64, _ body: (Int64) async throws -> Void) async {
        do { try await body(tenant) } catch {
            logger.error(
                "A tenant's audit could not be chained; run hearth audit verify",
                metadata: ["tenant.id": "\(tenant)", "error": "\(error)"])
        }
    }

    /// - Returns: how many entries were chained.
    func chain(tenant: Int64) async throws -> Int {
        let (chained, refused) = try await database.transaction { [keyRing] transaction in
            try Self.chain(tenant, keyRing, in: &transaction)
        }
        if refused > 0 {
            logger.error(
                "Audit entries were tampered with and are not chained; run hearth audit verify",
                metadata: ["tenant.id": "\(tenant)", "entries": "\(refused)"])
        }
        return chained
    }

    /// Chains the next entries in the order of the feed.
    ///
    /// - Returns: how many, and how many are not ours and were left.
    static func chain(
        _ tenant: Int64, _ keyRing: KeyRing, in transaction: inout Transaction
    ) throws -> (chained: Int, refused: Int) {
        let rows = try transaction.query(all: [
            AuditHead.locked(tenant),
            """
            SELECT \(unescaped: AuditEntry.columns) FROM audit_entries e
            WHERE e.tenant_id = \(tenant) AND e.position IS NULL
            ORDER BY e.feed_position, e.occurred_at, e.entry_id LIMIT \(batch)
            """,
        ])
        // A chain that was tampered with is not made longer: what is found is to stay as it is.
        guard let row = rows[0].first, let head = try? AuditHead(row: row, keyRing: keyRing), head.isAuthentic else {
            return (0, rows[1].count)
        }
        var (position, link, refused) = (head.position, head.link, 0)
        for entry in try rows[1].map(AuditEntry.init) {
            guard entry.isOurs(keyRing) else {
                refused += 1
                continue
            }
            position += 1
            link = head.chain.link(of: entry, at: position, after: link)
            transaction.write(
                """
                UPDATE audit_entries SET position = \(position), link = \(link), seal = NULL
                WHERE tenant_id = \(tenant) AND entry_id = \(entry.id)
                """)
        }
        if position > head.position { transaction.write(head.extended(to: position, link: link)) }
        return (Int(position - head.position), refused)
    }

    /// Cuts the front of every chain whose first entry is older than it is kept.
    func cutAll() async throws {
        let limit = now().addingTimeInterval(-retention)
        let tenants = try await database.read(
            """
            SELECT c.tenant_id FROM audit_chains c
            JOIN audit_entries e ON e.tenant_id = c.tenant_id AND e.position = c.cut + 1
            WHERE e.occurred_at < \(limit)
            """)
        for row in tenants {
            await separately(try row["tenant_id"]) { tenant in
                while try await cut(tenant: tenant, before: limit) == Self.batch {}
            }
        }
        let users = try await database.read("SELECT DISTINCT tenant_id FROM token_uses WHERE hour < \(limit)")
        for row in users {
            let tenant: Int64 = try row["tenant_id"]
            _ = try await database.write("DELETE FROM token_uses WHERE tenant_id = \(tenant) AND hour < \(limit)")
        }
    }

    /// What was tampered with is not cut off: nobody could see it afterwards.
    ///
    /// - Returns: how many entries were cut off.
    func cut(tenant: Int64, before limit: Date) async throws -> Int {
        try await database.transaction { [keyRing] transaction in
            let rows = try transaction.query(all: [
                AuditHead.locked(tenant),
                """
                SELECT \(unescaped: AuditEntry.columns) FROM audit_entries e
                WHERE e.tenant_id = \(tenant) AND e.position > (SELECT cut FROM audit_chains WHERE tenant_id = \(tenant))
                ORDER BY e.position LIMIT \(Self.batch)
                """,
            ])
            guard let row = rows[0].first, let head = try? AuditHead(row: row, keyRing: keyRing), head.isAuthentic
            else {
                return 0
            }
            var walk = AuditWalk(from: head)
            for entry in try rows[1].map(AuditEntry.init) {
                guard entry.occurredAt < limit else { break }
                guard walk.step(entry) == nil else { return 0 }
            }
            guard walk.verified > 0 else { return 0 }
            transaction.write(head.cut(to: walk.position, link: walk.link))
            transaction.write(
                "DELETE FROM audit_entries WHERE tenant_id = \(tenant) AND position <= \(walk.position)")
            return walk.verified
        }
    }
}
