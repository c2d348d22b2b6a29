import Foundation
import HearthCore
import HearthRules
import Postgres

/// Destroys the tokens of a consent that nobody has started anything with.
package struct ExpireUnstartedGrant: Sendable {
    let database: Database
    let schedule: GrantSchedule
    let pen: AuditPen
    let work: WorkHints
    let now: @Sendable () -> Date
    package let dependents: [any ConnectionDependent]

    /// - Returns: when it is due instead; nil when it has expired now.
    func expire(_ grant: Grant) async throws -> Date? {
        // It was started and paused again, or begun anew by another consent: then it is due later, or not at all.
        let end = schedule.next(.unstarted, after: grant.createdAt, random: 0)
        guard end <= now() else { return end }
        try await ConnectionRecord(database: database, pen: pen, work: work, now: now, dependents: dependents)
            .failed(.expired, endsGrant: true, isFinal: true, grant: grant)
        return nil
    }
}
