package import Foundation

/// The consecutive failures of an endpoint, over all its lanes, and their consequences.
package struct EndpointHealth: Sendable, Equatable {
    package var failures: Int
    package var failingSince: Date?

    package static let healthy = EndpointHealth(failures: 0, failingSince: nil)

    package init(failures: Int, failingSince: Date?) {
        self.failures = failures
        self.failingSince = failingSince
    }

    package enum Verdict: Sendable, Equatable {
        case open
        /// Nothing is sent until then; afterwards one lane probes.
        case blocked(until: Date)
        /// Five days without a success: its lanes are frozen until it is enabled again.
        case disabled
    }

    package static let failuresBeforeBlock = 10
    package static let longestBlock: TimeInterval = 300
    package static let disabledAfter: TimeInterval = 5 * 86_400

    /// Counts one more failure at `now` and returns the consequence.
    package mutating func failed(at now: Date) -> Verdict {
        failures += 1
        let since = failingSince ?? now
        failingSince = since
        if now.timeIntervalSince(since) >= Self.disabledAfter { return .disabled }
        guard failures >= Self.failuresBeforeBlock else { return .open }
        let doublings = min(failures - Self.failuresBeforeBlock, 6)
        return .blocked(until: now.addingTimeInterval(min(5 * Double(1 << doublings), Self.longestBlock)))
    }
}
