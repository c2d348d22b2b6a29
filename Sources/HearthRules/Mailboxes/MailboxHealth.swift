package import Foundation

/// How a mailbox's connection stands, as a badge.
package enum MailboxHealth: String, Sendable, CaseIterable, Comparable {
    case healthy
    /// Nothing has been done with it since its owner consented.
    case neverSynced = "never_synced"
    /// In use, and nothing has worked for 25 hours.
    case stale
    /// Disconnected by its partner.
    case disconnected
    /// It does not work; the problem says why.
    case error

    /// In use, a mailbox is looked at once a day; an hour more than that without success is too long.
    package static let staleAfter: TimeInterval = 25 * 3_600

    /// - Parameter lastSuccess: when Microsoft last did what was asked with its token, the consent's own proof not counted.
    package init(
        problem: ConnectionProblem?, isConnected: Bool, isInUse: Bool, lastSuccess: Date?, connectedAt: Date,
        at now: Date
    ) {
        // What worked with an earlier consent says nothing about this one.
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

    /// What the badge says. For an error the problem says more.
    package var words: String {
        switch self {
        case .healthy: "It works: nothing is wrong, and if it is in use, it was used with success within 25 hours."
        case .neverSynced: "Just connected: nothing has been done with it yet."
        case .stale: "It is in use, and nothing has worked for more than 25 hours."
        case .disconnected: ConnectionProblem.disconnected.cause
        case .error: "It does not work."
        }
    }

    /// What to do about it; nil when nothing is to be done.
    package var advice: String? {
        switch self {
        case .healthy, .neverSynced: nil
        case .stale: "Recheck it. If that fails too, Microsoft or this service is in trouble: ask the operator."
        case .disconnected: ConnectionProblem.disconnected.advice
        case .error: "Recheck it, which says why."
        }
    }

    /// The worse is the greater.
    package static func < (left: MailboxHealth, right: MailboxHealth) -> Bool {
        (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
    }
}
