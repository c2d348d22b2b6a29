package import Foundation

/// The state of a mailbox's connection, shown as a badge.
package enum MailboxHealth: String, Sendable, CaseIterable, Comparable {
    case healthy
    /// Not used since its owner consented.
    case neverSynced = "never_synced"
    /// In use, and without a success for 25 hours.
    case stale
    /// Disconnected by its partner.
    case disconnected
    /// It does not work; the problem says why.
    case error

    /// A mailbox in use is checked once a day; an hour more than that without success is too long.
    package static let staleAfter: TimeInterval = 25 * 3_600

    /// - Parameter lastSuccess: the last successful call to Microsoft with its token, not counting the one that verified the
    ///   consent.
    package init(
        problem: ConnectionProblem?, isConnected: Bool, isInUse: Bool, lastSuccess: Date?, connectedAt: Date,
        at now: Date
    ) {
        // A success with an earlier consent says nothing about this one.
        let lastSuccess = lastSuccess.flatMap { $0 < connectedAt ? nil : $0 }
        if problem != nil {
            self = .error
        } else if !isConnected {
            self = .disconnected
        } else if isInUse, now.timeIntervalSince(lastSuccess ?? connectedAt) > Self.staleAfter {
            self = .stale
        } else {
            self = lastSuccess == nil ? .neverSynced : .healthy
        }
    }

    /// The meaning of the badge, for people. For an error, the problem says more.
    package var words: String {
        switch self {
        case .healthy: "It works. If it is in use, it was last used successfully within 25 hours."
        case .neverSynced: "Just connected and not used yet."
        case .stale: "It is in use, but has not been used successfully for more than 25 hours."
        case .disconnected: ConnectionProblem.disconnected.cause
        case .error: "It does not work."
        }
    }

    /// How to fix it; nil if nothing needs fixing.
    package var advice: String? {
        switch self {
        case .healthy, .neverSynced: nil
        case .stale: "Recheck it. If that fails too, ask the operator: Microsoft or this service has a problem."
        case .disconnected: ConnectionProblem.disconnected.advice
        case .error: "Recheck it to find out why."
        }
    }

    /// Orders from best to worst.
    package static func < (left: MailboxHealth, right: MailboxHealth) -> Bool {
        (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
    }
}
