package import Foundation
package import Logging
package import Postgres
import Synchronization

/// Chains audit entries in feed order.
package struct ChainAudit: PeriodicTask {
    let database: Database
    let keyRing: KeyRing
    /// The retention period of entries, in seconds.
    package let retention: TimeInterval
    let now: @Sendable () -> Date
    let logger: Logger
    private let told = Told()

    package static let name = "chain_audit"
    package static let period: TimeInterval = 1
    package static let runsInQuarantine = true

    private static let batch = 500
    /// Seconds until a broken chain is logged again.
    private static let silence: TimeInterval = 600

    /// When the broken chain of each tenant was last logged.
    private final class Told: Sendable {
        let times = Mutex<[Int64: Date]>([:])
    }

    package init(
        database: Database, keyRing: KeyRing, retention: TimeInterval, now: @escaping @Sendable () -> Date,
        logger: Logger
    ) {
        self.database = database
        self.keyRing = keyRing
        self.retention = retention
        self.now = now
        self.logger = logger
    }

    package func run() async throws {
        let broken = try await chainAll()
        let now = now()
        let news = told.times.withLock { times in
            times = times.filter { broken.contains($0.key) }
            let news = broken.filter { times[$0].map { now.timeIntervalSince($0) >= Self.silence } ?? true }
            for tenant in news { times[tenant] = now }
            return news
        }
        for tenant in news.sorted() {
            logger.error(
                "The end of a tenant's audit chain was tampered with, so new entries are not chained; run hearth audit verify",
                metadata: ["tenant.id": "\(tenant)"])
        }
    }

    /// - Returns: the tenants whose chain has an end that is not authentic.
    @discardableResult
    func chainAll() async throws -> Set<Int64> {
        let tenants = try await database.read(
            "SELECT DISTINCT tenant_id FROM audit_entries WHERE position IS NULL AND refused_at IS NULL")
        var broken: Set<Int64> = []
        for row in tenants {
            let tenant: Int64 = try row["tenant_id"]
            await separately(tenant) { tenant in
                while true {
                    let slice = try await chain(tenant: tenant)
                    if slice.isBroken { broken.insert(tenant) }
                    if !slice.hasMore { return }
                }
            }
        }
        return broken
    }

    /// Logs the error of one tenant, so that the other tenants are still processed.
    private func separately(_ tenant: Int64, _ body: (Int64) async throws -> Void) async {
        do { try await body(tenant) } catch {
            logger.error(
                "A tenant's audit could not be chained; run hearth audit verify",
                metadata: ["tenant.id": "\(tenant)", "error": "\(error)"])
        }
    }

    /// The result of one slice.
    package struct Slice: Sendable, Equatable {
        package var chained = 0
        /// Rows that were set aside because this service did not write them.
        package var refused = 0
        /// Whether the end of the chain is not authentic. Such a chain is not extended, to preserve the evidence.
        var isBroken = false
        package var hasMore = false
    }

    package func chain(tenant: Int64) async throws -> Slice {
        let now = now()
        let slice = try await database.transaction { [keyRing] transaction in
            try Self.chain(tenant, keyRing, at: now, in: &transaction)
        }
        if slice.refused > 0 {
            logger.error(
                "Audit entries were not written by this service and were set aside; run hearth audit verify",
                metadata: ["tenant.id": "\(tenant)", "entries": "\(slice.refused)"])
        }
        return slice
    }

    /// Chains the next entries in feed order. Rows that this service did not write are marked, so that they neither block later
    /// ones nor are read again.
    package static func chain(
        _ tenant: Int64, _ keyRing: KeyRing, at now: Date, in transaction: inout Transaction
    ) throws -> Slice {
        let rows = try transaction.query(all: [
            AuditHead.locked(tenant),
            """
            SELECT e.entry_id FROM audit_entries e
            WHERE e.tenant_id = \(tenant)
                AND e.position > (SELECT position FROM audit_chains WHERE tenant_id = \(tenant)) LIMIT \(batch)
            """,
            """
            SELECT \(unescaped: AuditEntry.columns) FROM audit_entries e
            WHERE e.tenant_id = \(tenant) AND e.position IS NULL AND e.refused_at IS NULL
            ORDER BY e.feed_position, e.occurred_at, e.entry_id LIMIT \(batch)
            """,
        ])
        guard let row = rows[0].first, let head = try? AuditHead(row: row, keyRing: keyRing), head.isAuthentic else {
            return Slice(isBroken: true)
        }
        var slice = Slice(hasMore: rows[1].count == batch || rows[2].count == batch)
        // Rows beyond the end of the chain are forged: the service commits chained rows together with the new end.
        var foreign: [UUID] = try rows[1].map { try $0["entry_id"] }
        var (position, link) = (head.position, head.link)
        var links: [SQL] = []
        for row in rows[2] {
            // The service never writes a row that cannot be decoded, such as one with the time infinity.
            guard let entry = try? AuditEntry(row: row), entry.isOurs(keyRing) else {
                foreign.append(try row["entry_id"])
                continue
            }
            position += 1
            link = head.chain.link(of: entry, at: position, after: link)
            links.append(AuditEntry.chain(entry.id, of: tenant, at: position, link: link))
        }
        (slice.chained, slice.refused) = (links.count, foreign.count)
        // First, because a row beyond the end may occupy the position of the next entry.
        if !foreign.isEmpty {
            transaction.write(AuditEntry.setAside(foreign, of: tenant, at: now))
        }
        links.forEach { transaction.write($0) }
        if !links.isEmpty { transaction.write(head.extended(to: position, link: link)) }
        return slice
    }

    /// Cuts every chain whose first entry is older than the retention period.
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
    }

    /// Cuts off the entries before `limit`. Nothing is cut off if an entry was tampered with, because the evidence would be
    /// lost.
    ///
    /// - Returns: the number of entries that were cut off.
    package func cut(tenant: Int64, before limit: Date) async throws -> Int {
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
            transaction.write(AuditEntry.remove(upTo: walk.position, of: tenant))
            return walk.verified
        }
    }
}

/// Cuts audit entries off the chains when their retention period is over.
package struct CutAudit: PeriodicTask {
    package let chain: ChainAudit

    package init(chain: ChainAudit) {
        self.chain = chain
    }

    package static let name = "cut_audit"
    package static let period: TimeInterval = 600
    package static let runsInQuarantine = true

    package func run() async throws { try await chain.cutAll() }
}
