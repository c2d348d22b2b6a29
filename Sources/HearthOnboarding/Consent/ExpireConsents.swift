package import Foundation
package import HearthCore
import HearthMailboxes
import HearthRules
package import Logging
package import Postgres

/// Marks links as expired and announces each expiry once. Some refusals at Microsoft never redirect back, so their links
/// end only here.
package struct ExpireConsents: DueRows {
    package static let name = "expire_consents"
    package static let rowName = "consent.id"

    package let database: Database
    let recorder: AuditRecorder
    package let work: WorkSignals
    package let now: @Sendable () -> Date
    package let logger: Logger

    package init(
        database: Database, recorder: AuditRecorder, work: WorkSignals, now: @escaping @Sendable () -> Date,
        logger: Logger
    ) {
        self.database = database
        self.recorder = recorder
        self.work = work
        self.now = now
        self.logger = logger
    }

    package func find(at now: Date, limit: Int) async throws -> [DueRow] {
        try await database.read(
            """
            SELECT tenant_id, consent_id FROM consents
            WHERE status IN ('open', 'redeeming') AND expires_at <= \(now)
                AND (lease_until IS NULL OR lease_until <= \(now))
            ORDER BY expires_at LIMIT \(limit)
            """
        ).map { DueRow(tenantID: try $0["tenant_id"], id: try $0["consent_id"]) }
    }

    package func settle(_ row: DueRow, at now: Date, in transaction: inout Transaction) throws -> Bool {
        let (id, tenant) = (row.id, row.tenantID)
        let found = try transaction.query(
            """
            SELECT \(unescaped: Consent.columns) FROM consents s JOIN tenants t ON t.tenant_id = s.tenant_id
            WHERE s.tenant_id = \(tenant) AND s.consent_id = \(id) FOR UPDATE OF s
            """
        ).first
        // An attempt may have claimed it just in time. It is allowed to finish.
        guard let consent = try found.map(Consent.init), consent.status == .open || consent.status == .redeeming,
            consent.leaseUntil.map({ $0 <= now }) ?? true
        else { return false }
        transaction.write(ConsentTable.expire(id, of: tenant, at: now))
        Outbox.append(
            OutboxEvent(consent: consent, event: "expired", code: nil, at: now), tenant: tenant, in: &transaction)
        try Caller.hearth(of: tenant)
            .note("consent.expired", "consent:\(id)", outcome: nil, recorder, at: now, in: &transaction)
        return true
    }
}
