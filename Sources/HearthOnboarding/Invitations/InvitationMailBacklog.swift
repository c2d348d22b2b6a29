package import Foundation
package import Postgres

/// How the queue of invitations' messages stands, over all tenants.
package struct InvitationMailBacklog: Sendable {
    package let waiting: Int
    /// When the message was queued that waits the longest: with its link.
    package let oldest: Date?
    /// Given up within the last day.
    package let failed: Int

    /// Reads only.
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
