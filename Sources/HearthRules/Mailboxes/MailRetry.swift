package import Foundation

/// When a message that a mail server did not take is tried again: seldom enough for greylisting and full queues, and
/// given up after about a day, when a person has to look.
package enum MailRetry {
    private static let pauses: [TimeInterval] = [60, 300, 900, 3_600, 3 * 3_600, 6 * 3_600, 12 * 3_600]

    /// The next time; nil when it is given up.
    ///
    /// - Parameters:
    ///   - attempts: how often it was tried, this time included.
    ///   - deadline: when the message is of no more use.
    package static func next(afterAttempts attempts: Int, at now: Date, deadline: Date) -> Date? {
        guard attempts >= 1, attempts <= pauses.count else { return nil }
        let next = now.addingTimeInterval(pauses[attempts - 1])
        return next < deadline ? next : nil
    }
}
