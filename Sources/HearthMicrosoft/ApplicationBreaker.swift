package import Foundation
package import HearthCore
package import Logging
import Synchronization

/// Stops asking Microsoft as an application whose registration or secret is refused.
///
/// Such a refusal says nothing about any mailbox, and hits all of them at once: the operator is told, Microsoft is asked
/// again by one request after a while, and everything goes on when that succeeds.
package final class ApplicationBreaker: Sendable {
    /// The operator's application has no id.
    private typealias Application = Int64?

    private struct Trip {
        /// In a row, each after a pause: those of requests that were under way together count as one.
        var failures: Int
        /// One request has been let through to see.
        var isProbing = false
        /// Nothing is asked until then; afterwards one request at a time.
        var until: Date
    }

    package enum State: Sendable, Equatable {
        case closed, open, probing
    }

    private let trips = Mutex<[Application: Trip]>([:])
    /// By grant: how often in a row the application was refused with it.
    private let refusals = Mutex<[Int64: Int]>([:])
    /// When it was last time to write down that it is accepted.
    private let notedAt = Mutex<[Application: Date]>([:])
    private let now: @Sendable () -> Date
    private let meters: Meters
    private let logger: Logger

    private static let shortestPause: TimeInterval = 10
    private static let longestPause: TimeInterval = 300
    /// What another process has written down of a refusal is over after so long at the latest.
    private static let notePause: TimeInterval = 60

    package init(now: @escaping @Sendable () -> Date, meters: Meters, logger: Logger) {
        self.now = now
        self.meters = meters
        self.logger = logger
        meters.applicationsRefused(0)
    }

    /// How it stands; asks for nothing.
    package func state(of application: Int64?) -> State {
        let now = now()
        return trips.withLock { trips in
            guard let trip = trips[application] else { return .closed }
            return trip.until > now ? .open : .probing
        }
    }

    /// Whether a request may be made. Of those that come after a pause, the first is.
    package func admits(_ application: Int64?) -> Bool {
        let now = now()
        return trips.withLock { trips in
            guard var trip = trips[application] else { return true }
            guard trip.until <= now else { return false }
            trip.until = now.addingTimeInterval(Self.shortestPause)
            trip.isProbing = true
            trips[application] = trip
            return true
        }
    }

    /// The tenants' own applications that are left alone now, and whether the operator's is.
    package func open() -> (own: [Int64], operators: Bool) {
        let now = now()
        let open = trips.withLock { trips in trips.filter { $0.value.until > now }.map(\.key) }
        return (open.compactMap { $0 }, open.contains(nil))
    }

    /// How long a grant waits after the application was refused with it, in seconds; none for one that was not asked
    /// for. Longer each time, or a refusal that is this grant's alone would hold up all others for ever.
    package func pause(of grant: Int64) -> TimeInterval {
        let refusals = refusals.withLock { $0[grant] ?? 0 }
        return refusals == 0 ? 0 : Self.pause(after: refusals)
    }

    private static func pause(after failures: Int) -> TimeInterval {
        min(shortestPause * pow(2, Double(min(failures - 1, 10))), longestPause)
    }

    package func failed(_ application: Int64?, grant: Int64, cause: String) {
        let now = now()
        refusals.withLock { $0[grant, default: 0] += 1 }
        let failures = trips.withLock { trips in
            if let trip = trips[application], !trip.isProbing { return nil as Int? }
            var trip = trips[application] ?? Trip(failures: 0, until: now)
            trip.failures += 1
            trip.isProbing = false
            trip.until = now.addingTimeInterval(Self.pause(after: trip.failures))
            trips[application] = trip
            meters.applicationsRefused(trips.count)
            return trip.failures
        }
        guard let failures else { return }
        logger.error(
            "Microsoft refuses the application itself. No mailbox is disconnected for it; check the client id, the secret and its end.",
            metadata: [
                "application.id": "\(application.map(String.init) ?? "operator")", "fault.cause": "\(cause)",
                "failures": "\(failures)",
            ])
    }

    /// - Returns: whether it is to be written down: after a refusal, and otherwise now and then.
    package func succeeded(_ application: Int64?, grant: Int64) -> Bool {
        let now = now()
        refusals.withLock { if !$0.isEmpty { $0[grant] = nil } }
        let isDue = notedAt.withLock { noted in
            if let last = noted[application], last.addingTimeInterval(Self.notePause) > now { return false }
            noted[application] = now
            return true
        }
        let trip = trips.withLock { trips in
            guard !trips.isEmpty, let trip = trips.removeValue(forKey: application) else { return nil as Trip? }
            meters.applicationsRefused(trips.count)
            return trip
        }
        guard trip != nil else { return isDue }
        logger.notice(
            "Microsoft accepts the application again",
            metadata: ["application.id": "\(application.map(String.init) ?? "operator")"])
        return true
    }
}
