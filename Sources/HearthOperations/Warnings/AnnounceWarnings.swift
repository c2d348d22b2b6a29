package import Foundation
import HearthCampaigns
package import HearthCore
import HearthMailboxes
import HearthRules
package import Postgres

/// Sends partners an event for each new warning: once, and again only after it has ended and returned. A mark that the event
/// was sent is committed with it.
package struct AnnounceWarnings: PeriodicTask {
    let database: Database
    let work: WorkSignals
    let now: @Sendable () -> Date

    package init(database: Database, work: WorkSignals, now: @escaping @Sendable () -> Date) {
        self.database = database
        self.work = work
        self.now = now
    }

    package static let name = "tell_warnings"
    package static let period: TimeInterval = 10

    private static let batch = 100
    /// Seconds. Without it, a process whose clock is slightly behind would consider a new warning to have ended.
    private static let settling: TimeInterval = 60

    package func run() async throws {
        while try await tellSome() == Self.batch {}
    }

    /// - Returns: the number of warnings found that have begun or ended.
    package func tellSome() async throws -> Int {
        let now = now()
        let changed = try await database.read(
            """
            SELECT coalesce(w.tenant_id, t.tenant_id) AS tenant_id, coalesce(w.code, t.code) AS code,
                coalesce(w.subject_id, t.subject_id) AS subject_id, w.code IS NULL AS is_over
            FROM (\(TenantWarnings.select(at: now))) w
            FULL JOIN told_warnings t ON t.tenant_id = w.tenant_id AND t.code = w.code AND t.subject_id = w.subject_id
            WHERE w.since IS DISTINCT FROM t.since
                AND (w.code IS NOT NULL OR t.since <= \(now.addingTimeInterval(-Self.settling)))
            ORDER BY coalesce(w.since, t.since) LIMIT \(Self.batch)
            """)
        for row in changed {
            let mark = Mark(tenant: try row["tenant_id"], code: try row["code"], subject: try row["subject_id"])
            if try row["is_over"] { try await forget(mark, at: now) } else { try await tell(mark, at: now) }
        }
        return changed.count
    }

    private struct Mark {
        let tenant: Int64
        let code: String
        let subject: Int64
    }

    /// The process that writes the mark sends the event; others wait for its commit and then find nothing to do.
    private func tell(_ mark: Mark, at now: Date) async throws {
        let told = try await database.transaction { transaction in
            let row = try transaction.query(
                """
                WITH w AS (
                    SELECT * FROM (\(TenantWarnings.select(of: mark.tenant, at: now))) w
                    WHERE w.code = \(mark.code) AND w.subject_id = \(mark.subject)
                ), told AS (
                    INSERT INTO told_warnings AS t (tenant_id, code, subject_id, since)
                    SELECT \(mark.tenant), code, subject_id, since FROM w
                    ON CONFLICT (tenant_id, code, subject_id) DO UPDATE SET since = excluded.since
                    WHERE t.since <> excluded.since
                    RETURNING subject_id
                )
                SELECT w.* FROM w JOIN told ON told.subject_id = w.subject_id
                """
            ).first
            guard let warning = try row.map(Warning.init), let type = warning.code.event else { return false }
            Outbox.append(
                OutboxEvent(
                    warning, type: type, campaign: try Self.campaign(warning, of: mark.tenant, in: &transaction),
                    at: now),
                tenant: mark.tenant, in: &transaction)
            return true
        }
        if told { work.eventCommitted() }
    }

    private static func campaign(
        _ warning: Warning, of tenant: Int64, in transaction: inout Transaction
    ) throws -> Campaign? {
        guard case .mailbox(let mailbox, _) = warning.subject else { return nil }
        return try transaction.query(
            """
            SELECT \(unescaped: Campaign.columns) FROM campaigns c
            WHERE c.tenant_id = \(tenant) AND c.mailbox_id = \(mailbox) AND c.status <> 'deleted'
            """
        ).first.map(Campaign.init)
    }

    private func forget(_ mark: Mark, at now: Date) async throws {
        _ = try await database.write(
            """
            DELETE FROM told_warnings t
            WHERE t.tenant_id = \(mark.tenant) AND t.code = \(mark.code) AND t.subject_id = \(mark.subject)
                AND t.since <= \(now.addingTimeInterval(-Self.settling))
                AND NOT EXISTS (SELECT FROM (\(TenantWarnings.select(of: mark.tenant, at: now))) w
                    WHERE w.code = t.code AND w.subject_id = t.subject_id)
            """)
    }
}
