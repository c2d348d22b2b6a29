import Foundation
import HearthCore
import HearthWeb
import Postgres
import StrictJSON

extension Operator {
    /// Releases a restored database; see ``ResumeAfterRestore``.
    package func resumeAfterRestore() async throws -> Answer {
        guard try await !Quarantine.isServing(database) else {
            throw OperatorRefusal("the database is not in quarantine; there is nothing to resume")
        }
        try await noteEverywhere("resume-after-restore")
        let clock = clock
        let (backlog, tenants) = try await withLongStatements { patient in
            let resume = ResumeAfterRestore(database: patient, now: { clock.now() })
            return (try await resume.backlog(), try await resume.run())
        }
        let oldest = backlog.oldest.map { ", the oldest from \(RFC3339.format($0))" } ?? ""
        return Answer(
            text: """
                The quarantine is over; running processes continue within a second.
                \(tenants) tenants; \(backlog.deliveries) deliveries are sent now\(oldest); some of them may be sent again.
                \(backlog.liveGrants) connections continue; those whose token Microsoft has replaced since need a new consent.
                API keys that were revoked after the backup are valid again; see: hearth key list --tenant ID
                """
        ) { json in
            json.member("tenants", tenants)
            json.member("deliveries", backlog.deliveries)
            json.member("oldest_delivery", backlog.oldest.map(RFC3339.format))
            json.member("live_grants", backlog.liveGrants)
        }
    }
}
