import Foundation
package import HearthCore
import Testing

/// Drives the workers by hand, one look at a time, without the loop around them.
extension TestService {
    /// One look: what is due is claimed, acted on and settled, one claim after the other.
    ///
    /// - Parameters:
    ///   - isKilled: whether to stop after acting, before anything is settled, as a killed process would.
    ///   - steps: how many steps of each claim are settled before that.
    /// - Returns: how many rows were claimed.
    @discardableResult
    package func look<Work: LeasedWork>(_ work: Work, isKilled: Bool = false, after steps: Int = 0) async throws -> Int
    {
        let slots = WorkSlots<Work.Due.Unit>(Work.limits)
        let due = try await work.discover(slots.room, at: clock.now).due
        let claims = try await work.claim(slots.share(due), at: clock.now)
        for claim in claims {
            var next: Work.Claim? = claim
            var settled = 0
            while let current = next {
                let outcome = try await work.act(on: current)
                guard !isKilled || settled < steps else { break }
                settled += 1
                next = try await work.settle(current, outcome)
            }
        }
        return claims.count
    }

    /// Looks until nothing is due.
    ///
    /// - Returns: how many rows were claimed.
    @discardableResult
    package func drain(_ work: some LeasedWork) async throws -> Int {
        var claimed = 0
        for _ in 0..<1_000 {
            let found = try await look(work)
            if found == 0 { return claimed }
            claimed += found
        }
        Issue.record("work is still due after 1,000 looks")
        return claimed
    }
}
