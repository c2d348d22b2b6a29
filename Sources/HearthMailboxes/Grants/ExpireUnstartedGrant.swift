import Foundation
import HearthCore
import HearthRules
import Postgres

/// Destroys the tokens of a grant that no campaign was started with.
package struct ExpireUnstartedGrant: Sendable {
    let database: Database
    let schedule: GrantSchedule
    let pen: AuditPen
    let work: WorkHints
    let now: @Sendable () -> Date
    package let dependents: [any ConnectionDependent]

    /// - Returns: when it is due instead; nil if it has just expired.
    func expire(_ grant: Grant) async throws -> Date? {
        // If it was started and paused again, or renewed by another consent, it is due later or not at all.
        let end = schedule.next(.unstarted, after: grant.createdAt, random: 0)
        guard end <= now() else { return end }
        try await ConnectionRecord(database: database, pen: pen, work: work, now: now, dependents: dependents)
            .failed(.expired, endsGrant: true, isFinal: true, grant: grant)
        return nil
    }
}
