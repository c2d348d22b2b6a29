import Foundation
import HearthRules
import HearthTesting
import Postgres

@testable import HearthCore
@testable import HearthMailboxes
@testable import HearthMicrosoft

/// Simulated time.
extension SimulatedWorld {
    /// Advances the clock to `end`, but never while work is in progress.
    ///
    /// - Parameters:
    ///   - step: seconds; work due within it is done together.
    ///   - pause: seconds between polls of a refused application, because no table says when it may be tried again.
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

    /// Returns when no work is left that may be done now.
    func settle() async throws {
        work.grants.raise()
        while true {
            await rests.wait(atMost: .seconds(60))
            // The order matters: claimed work takes a slot before it stops being due, and is due again before it frees it.
            if try await !hasWork(), loop.slots.free == MaintainGrants.limits.whole, try await !hasWork() { return }
            // What is under way wakes the loop when it ends.
            if loop.slots.free == MaintainGrants.limits.whole { work.grants.raise() }
        }
    }

    private func hasWork() async throws -> Bool {
        // Claimed grants are due again in two minutes; until then they hold a slot.
        try await !worker.due.find(
            at: clock.now, limit: 1, without: worker.unavailable(loop.slots.room, at: clock.now)
        ).isEmpty
    }
}
