import Foundation
import HearthRules
import HearthTesting
import Postgres

@testable import HearthCore
@testable import HearthMailboxes
@testable import HearthMicrosoft

/// Time.
extension SimulatedWorld {
    /// Lets time go on to `end`, never while something is under way.
    ///
    /// - Parameters:
    ///   - step: what is due within it is done together; in seconds.
    ///   - pause: how often, in seconds, a refused application is looked at: when it may be tried again, no table knows.
    func live(until end: Date, step: TimeInterval, pause: TimeInterval = 10) async throws {
        try await partitions.ensure()
        while true {
            try await settle()
            guard clock.now < end else { return }
            let next: Date? = try await database.read(
                "SELECT min(due_at) AS next FROM grants WHERE state = 'live' AND due_at > \(clock.now)"
            ).first?[nullable: "next"]
            let pause = worker.breaker.state(of: nil) == .closed ? .infinity : pause
            let wanted = min(next.map { $0.addingTimeInterval(step) } ?? end, clock.now.addingTimeInterval(pause), end)
            clock.move(to: wanted)
        }
    }

    /// Returns when nothing that may be done now is left.
    func settle() async throws {
        work.grants.raise()
        while true {
            await rests.wait(atMost: .seconds(60))
            // In this order: what is claimed holds a slot before it stops being due, and is due again before it lets go.
            if try await !hasWork(), loop.slots.free == TendGrants.limits.whole, try await !hasWork() { return }
            // What is under way wakes the loop when it ends.
            if loop.slots.free == TendGrants.limits.whole { work.grants.raise() }
        }
    }

    private func hasWork() async throws -> Bool {
        // Claimed grants are due again in two minutes; until then they hold a slot.
        try await !worker.due.find(
            at: clock.now, limit: 1, without: worker.unavailable(loop.slots.room, at: clock.now)
        ).isEmpty
    }
}
