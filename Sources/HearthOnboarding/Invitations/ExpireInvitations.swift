package import Foundation
package import HearthCore
package import Logging
package import Postgres

/// Marks invitations as expired and announces each expiry once.
package struct ExpireInvitations: DueRows {
    package static let name = "expire_invitations"
    package static let rowName = "invitation.id"

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
            SELECT tenant_id, invitation_id FROM invitations i
            WHERE status IN ('invited', 'opened', 'declined', 'failed') AND expires_at <= \(now)
                AND NOT \(Self.ownerIsUnderWay(at: now))
            ORDER BY expires_at LIMIT \(limit)
            """
        ).map { DueRow(tenantID: try $0["tenant_id"], id: try $0["invitation_id"]) }
    }

    package func settle(_ row: DueRow, at now: Date, in transaction: inout Transaction) throws -> Bool {
        let (id, tenant) = (row.id, row.tenantID)
        let rows = try transaction.query(all: [
            "\(InvitationStore.select(id, of: tenant)) FOR UPDATE OF i",
            InvitationTable.expire(id, of: tenant, unless: Self.ownerIsUnderWay(at: now), at: now),
        ])
        guard rows[1].affected == 1, let invitation = try rows[0].first.map(Invitation.init) else { return false }
        Outbox.append(OutboxEvent(.expired, of: invitation, at: now), tenant: tenant, in: &transaction)
        try Caller.hearth(of: tenant)
            .note("invitation.expired", "invitation:\(id)", outcome: nil, recorder, at: now, in: &transaction)
        return true
    }

    /// Whether an owner who returned from Microsoft just in time is still being processed.
    private static func ownerIsUnderWay(at now: Date) -> SQL {
        """
        EXISTS (SELECT FROM consents s WHERE s.tenant_id = i.tenant_id AND s.invitation_id = i.invitation_id
            AND s.status = 'redeeming' AND s.lease_until > \(now))
        """
    }
}
