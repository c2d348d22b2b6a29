import Foundation
import Logging
import Synchronization

/// Stops asking Microsoft as an application whose registration or secret is refused.
///
/// Such a refusal says nothing about any mailbox, and hits all of them at once: the operator is told, Microsoft is asked
/// again by one request after a while, and everything goes on when that succeeds.
final class ApplicationBreaker: Sendable {
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

    enum State: Sendable, Equatable {
        case closed, open, probing
    }

    private let trips = Mutex<[Application: Trip]>([:])
    private let now: @Sendable () -> Date
    private let meters: Meters
    private let logger: Logger

    private static let shortestPause: TimeInterval = 10
    private static let longestPause: TimeInterval = 300

    init(now: @escaping @Sendable () -> Date, meters: Meters, logger: Logger) {
        self.now = now
        self.meters = meters
        self.logger = logger
    }

    /// How it stands; asks for nothing.
    func state(of application: Int64?) -> State {
        let now = now()
        return trips.withLock { trips in
            guard let trip = trips[application] else { return .closed }
            return trip.until > now ? .open : .probing
        }
    }

    /// Whether a request may be made. Of those that come after a pause, the first is.
    func admits(_ application: Int64?) -> Bool {
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

    func failed(_ application: Int64?, cause: String) {
        let now = now()
        let failures = trips.withLock { trips in
            if let trip = trips[application], !trip.isProbing { return nil as Int? }
            var trip = trips[application] ?? Trip(failures: 0, until: now)
            trip.failures += 1
            trip.isProbing = false
            trip.until = now.addingTimeInterval(
                min(Self.shortestPause * pow(2, Double(min(trip.failures - 1, 10))), Self.longestPause))
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

    func succeeded(_ application: Int64?) {
        let trip = trips.withLock { trips in
            guard !trips.isEmpty, let trip = trips.removeValue(forKey: application) else { return nil as Trip? }
            meters.applicationsRefused(trips.count)
            return trip
        }
        guard trip != nil else { return }
        logger.notice(
            "Microsoft accepts the application again",
            metadata: ["application.id": "\(application.map(String.init) ?? "operator")"])
    }
}
