package import Foundation
package import HearthCore
package import Logging
package import Postgres

/// Writes down that invitations have expired and tells partners, once each.
package struct ExpireInvitations: PeriodicWorker {
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
    package static let failure: Logger.Message = "Expired invitations could not be settled; trying again"
    private static let batch = 100

    package func round() async throws {
        while try await expireSome() == Self.batch {}
    }

    /// - Returns: how many were found.
    func expireSome() async throws -> Int {
        let now = now()
        let due = try await database.read(
            """
            SELECT tenant_id, invitation_id FROM invitations i
            WHERE status IN ('invited', 'opened', 'declined', 'failed') AND expires_at <= \(now)
                AND NOT \(Self.ownerIsUnderWay(at: now))
            ORDER BY expires_at LIMIT \(Self.batch)
            """)
        for row in due {
            try await expire(try row["invitation_id"], of: try row["tenant_id"], at: now)
        }
        return due.count
    }

    private func expire(_ id: Int64, of tenant: Int64, at now: Date) async throws {
        let expired = try await database.transaction { [pen] transaction in
            let rows = try transaction.query(all: [
                "\(InvitationStore.select(id, of: tenant)) FOR UPDATE OF i",
                """
                UPDATE invitations i SET status = 'expired', updated_at = \(now),
                    mail_status = nullif(mail_status, 'queued'), mail_due_at = NULL
                WHERE tenant_id = \(tenant) AND invitation_id = \(id) AND expires_at <= \(now)
                    AND status IN ('invited', 'opened', 'declined', 'failed') AND NOT \(Self.ownerIsUnderWay(at: now))
                """,
            ])
            guard rows[1].affected == 1, let invitation = try rows[0].first.map(Invitation.init) else { return false }
            Outbox.append(OutboxEvent(.expired, of: invitation, at: now), tenant: tenant, in: &transaction)
            try Caller.hearth(of: tenant)
                .note("invitation.expired", "invitation:\(id)", outcome: nil, pen, at: now, in: &transaction)
            return true
        }
        if expired { work.eventCommitted() }
    }

    /// Who came back from Microsoft just in time goes on to the end.
    private static func ownerIsUnderWay(at now: Date) -> SQL {
        """
        EXISTS (SELECT FROM consents s WHERE s.tenant_id = i.tenant_id AND s.invitation_id = i.invitation_id
            AND s.status = 'redeeming' AND s.lease_until > \(now))
        """
    }
}
