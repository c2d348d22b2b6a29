package import Foundation
package import Postgres

/// The state of the queue of invitation e-mails, over all tenants.
package struct InvitationMailBacklog: Sendable {
    package let waiting: Int
    /// When the message that has waited longest was queued, which is when its link was created.
    package let oldest: Date?
    /// Messages given up within the last day.
    package let failed: Int

    /// Reads the state without changing anything.
    package static func read(_ database: Database, at now: Date) async throws -> InvitationMailBacklog {
        let rows = try await database.read(
            """
            SELECT count(*) FILTER (WHERE mail_due_at IS NOT NULL) AS waiting,
                min(expires_at - make_interval(secs => lifetime)) FILTER (WHERE mail_due_at IS NOT NULL) AS oldest,
                count(*) FILTER (WHERE mail_status = 'failed') AS failed
            FROM invitations
            WHERE mail_due_at IS NOT NULL OR (mail_status = 'failed' AND updated_at > \(now.addingTimeInterval(-86_400)))
            """)
        return InvitationMailBacklog(
            waiting: try rows.scalar("waiting") ?? 0, oldest: try rows.first?[nullable: "oldest"],
            failed: try rows.scalar("failed") ?? 0)
    }
}
