package import Foundation

/// When a grant needs attention: it is checked while in use, refreshed while idle, and destroyed if it was never used.
///
/// The expiry of an access token does not matter here; tokens are refreshed when needed. Microsoft's refresh tokens expire
/// after 90 days without use.
package struct GrantSchedule: Sendable, Equatable {
    /// How a grant is used.
    package enum Use: Sendable, Equatable {
        /// No campaign has been started with it: no calls at all, and destroyed after a while.
        case unstarted
        /// Connected but not in use, such as for a paused campaign.
        case idle
        /// An active campaign uses it.
        case active
    }

    /// How long a grant is kept if no campaign is started with it.
    package let unstartedLife: TimeInterval

    /// Keeps an unstarted grant for 30 days.
    package static let standard = GrantSchedule(unstartedLife: 30 * day)

    package init(unstartedLife: TimeInterval) {
        self.unstartedLife = unstartedLife
    }

    private static let day: TimeInterval = 86_400
    private static let shortestBackoff: TimeInterval = 300
    private static let longestBackoff: TimeInterval = 6 * 3_600
    /// Microsoft drops a refresh token that was not used for this long.
    package static let idleLife: TimeInterval = 90 * day

    /// Returns the next time, counted from the last success.
    ///
    /// - Parameter random: a number in 0..<1, which spreads out grants that were made at the same time.
    package func next(_ use: Use, after last: Date, random: Double) -> Date {
        switch use {
        case .unstarted: last.addingTimeInterval(unstartedLife)
        case .idle: last.addingTimeInterval((30 - 3 * random) * Self.day)
        case .active: last.addingTimeInterval(Self.day - 3_600 * random)
        }
    }

    /// How long after Graph's first report of a problem a second report confirms it. Graph also returns 403 and 404 during
    /// its own outages.
    package static let confirmation: TimeInterval = 900

    /// Returns when a broken connection is checked again, because it may have been repaired at Microsoft without notice. The pause
    /// is as long as the problem has lasted, but between an hour and a day.
    package static func next(withProblemSince began: Date, at now: Date) -> Date {
        now.addingTimeInterval(min(max(now.timeIntervalSince(began), 3_600), day))
    }

    /// Returns the next time after a transient fault: exponential backoff, and at least as long as Microsoft asks.
    ///
    /// - Parameter retries: consecutive transient faults, including this one.
    package func next(afterRetries retries: Int, at now: Date, retryAfter: Int?, random: Double) -> Date {
        let pause = min(Self.shortestBackoff * pow(2, Double(max(retries, 1) - 1)), Self.longestBackoff)
        return now.addingTimeInterval(max(pause * (1 + 0.2 * random), TimeInterval(min(retryAfter ?? 0, 86_400))))
    }
}
