package import Foundation
package import HearthCore
import HearthMailboxes
package import Logging
package import Postgres

/// Writes down that links have expired and tells partners, once each. Some refusals at Microsoft never call back; this
/// is how they end.
package struct ExpireConsents: PeriodicWorker {
    let database: Database
    let pen: AuditPen
    let work: WorkHints
    let now: @Sendable () -> Date
    package let logger: Logger

    package init(
        database: Database, pen: AuditPen, work: WorkHints, now: @escaping @Sendable () -> Date, logger: Logger
    ) {
        self.database = database
        self.pen = pen
        self.work = work
        self.now = now
        self.logger = logger
    }

    package static let pause = Duration.seconds(10)
    package static let failure: Logger.Message = "Expired links could not be settled; trying again"
    private static let batch = 100

    package func round() async throws {
        while try await expireSome() == Self.batch {}
    }

    /// - Returns: how many were found.
    func expireSome() async throws -> Int {
        let now = now()
        let due = try await database.read(
            """
            SELECT tenant_id, consent_id FROM consents
            WHERE status IN ('open', 'redeeming') AND expires_at <= \(now)
                AND (lease_until IS NULL OR lease_until <= \(now))
            ORDER BY expires_at LIMIT \(Self.batch)
            """)
        for row in due {
            try await expire(try row["consent_id"], of: try row["tenant_id"], at: now)
        }
        return due.count
    }

    private func expire(_ id: Int64, of tenant: Int64, at now: Date) async throws {
        let hearth = Caller.hearth(of: tenant)
        let expired = try await database.transaction { [pen] transaction in
            let row = try transaction.query(
                """
                SELECT \(unescaped: Consent.columns) FROM consents s JOIN tenants t ON t.tenant_id = s.tenant_id
                WHERE s.tenant_id = \(tenant) AND s.consent_id = \(id) FOR UPDATE OF s
                """
            ).first
            // An attempt may have claimed it just in time: then it goes on to its end.
            guard let consent = try row.map(Consent.init), consent.status == .open || consent.status == .redeeming,
                consent.leaseUntil.map({ $0 <= now }) ?? true
            else { return false }
            transaction.write(
                """
                UPDATE consents SET status = 'expired', lease_until = NULL, updated_at = \(now)
                WHERE tenant_id = \(tenant) AND consent_id = \(id)
                """)
            Outbox.append(
                OutboxEvent(consent: consent, event: "expired", code: nil, at: now), tenant: tenant, in: &transaction)
            try hearth.note("consent.expired", "consent:\(id)", outcome: nil, pen, at: now, in: &transaction)
            return true
        }
        if expired { work.eventCommitted() }
    }
}
