package import Foundation
package import HearthCore
package import Logging
import Synchronization

/// A circuit breaker for Entra applications whose registration or secret Microsoft refuses.
///
/// Such a refusal says nothing about any mailbox and affects all of them: the operator is warned, after a pause a single
/// request probes Microsoft, and everything resumes when that succeeds.
package final class ApplicationBreaker: Sendable {
    /// Nil is the operator's application.
    private typealias Application = Int64?

    private struct Trip {
        /// Consecutive failures, each after a pause; those of concurrent requests count as one.
        var failures: Int
        /// Whether a request has been let through as a probe.
        var isProbing = false
        /// No request is made until then; afterwards one at a time.
        var until: Date
    }

    package enum State: Sendable, Equatable {
        case closed, open, probing
    }

    private let trips = Mutex<[Application: Trip]>([:])
    /// By grant: consecutive refusals of the application when using it.
    private let refusals = Mutex<[Int64: Int]>([:])
    /// When it was last due to be recorded that the application is accepted.
    private let notedAt = Mutex<[Application: Date]>([:])
    private let now: @Sendable () -> Date
    private let meters: Meters
    private let logger: Logger

    private static let shortestPause: TimeInterval = 10
    private static let longestPause: TimeInterval = 300
    /// How often an accepted application is recorded, which ends a refusal recorded by another process.
    private static let notePause: TimeInterval = 60

    package init(now: @escaping @Sendable () -> Date, meters: Meters, logger: Logger) {
        self.now = now
        self.meters = meters
        self.logger = logger
        meters.applicationsRefused(0)
    }

    /// Returns the state without side effects.
    package func state(of application: Int64?) -> State {
        let now = now()
        return trips.withLock { trips in
            guard let trip = trips[application] else { return .closed }
            return trip.until > now ? .open : .probing
        }
    }

    /// Whether a request may be made. After a pause, only the first one may.
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

    /// The tenants' applications for which no requests are made now, and whether the operator's is one of them.
    package func open() -> (own: [Int64], operators: Bool) {
        let now = now()
        let open = trips.withLock { trips in trips.filter { $0.value.until > now }.map(\.key) }
        return (open.compactMap { $0 }, open.contains(nil))
    }

    /// How long a grant waits after the application was refused when using it, in seconds; 0 if it was not. It grows each
    /// time; otherwise a refusal that concerns only this grant would block all others forever.
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
            "Microsoft refuses the application itself. No mailbox is disconnected because of it; check the client ID, the secret and its expiry date.",
            metadata: [
                "application.id": "\(application.map(String.init) ?? "operator")", "fault.cause": "\(cause)",
                "failures": "\(failures)",
            ])
    }

    /// - Returns: whether to record it: after a refusal, and otherwise at intervals.
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
