package import Foundation

/// When a grant is tended: looked at while in use, refreshed while idle, destroyed if it was never used.
///
/// An access token that expires is no reason: it is refreshed when it is needed. Microsoft's refresh tokens live for 90
/// days without use.
package struct GrantSchedule: Sendable, Equatable {
    /// What a grant is for now.
    package enum Use: Sendable, Equatable {
        /// Its campaign has not been started with it: no call at all, and destroyed after a while.
        case unstarted
        /// Connected and not in use, such as by a paused campaign.
        case idle
        /// An active campaign uses it.
        case active
    }

    /// How long a grant that nobody starts is kept.
    package let unstartedLife: TimeInterval

    /// A month for a grant that nobody starts.
    package static let standard = GrantSchedule(unstartedLife: 30 * day)

    package init(unstartedLife: TimeInterval) {
        self.unstartedLife = unstartedLife
    }

    private static let day: TimeInterval = 86_400
    private static let shortestBackoff: TimeInterval = 300
    private static let longestBackoff: TimeInterval = 6 * 3_600
    /// Unused for so long, a refresh token is gone at Microsoft.
    package static let idleLife: TimeInterval = 90 * day

    /// The next time, counted from the last success.
    ///
    /// - Parameter random: a number in 0..<1, which spreads grants that were made at once.
    package func next(_ use: Use, after last: Date, random: Double) -> Date {
        switch use {
        case .unstarted: last.addingTimeInterval(unstartedLife)
        case .idle: last.addingTimeInterval((30 - 3 * random) * Self.day)
        case .active: last.addingTimeInterval(Self.day - 3_600 * random)
        }
    }

    /// How long after Graph first reported a problem a second report confirms it. Graph answers 403 and 404 during
    /// disorders of its own, too.
    package static let confirmation: TimeInterval = 900

    /// When a connection that does not work is looked at again: it may have been mended at Microsoft, and nobody tells us.
    /// First after an hour, then each time twice as long after the problem began, and at last once a day.
    package static func next(withProblemSince began: Date, at now: Date) -> Date {
        now.addingTimeInterval(min(max(now.timeIntervalSince(began), 3_600), day))
    }

    /// The next time after a fault that passes: longer each time, and as long as Microsoft asks.
    ///
    /// - Parameter stumbles: such faults in a row, this one included.
    package func next(afterStumbles stumbles: Int, at now: Date, retryAfter: Int?, random: Double) -> Date {
        let pause = min(Self.shortestBackoff * pow(2, Double(max(stumbles, 1) - 1)), Self.longestBackoff)
        return now.addingTimeInterval(max(pause * (1 + 0.2 * random), TimeInterval(min(retryAfter ?? 0, 86_400))))
    }
}
