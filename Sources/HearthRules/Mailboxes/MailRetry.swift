package import Foundation

/// When a message that a mail server did not accept is retried. The pauses are long enough for greylisting and full queues;
/// after about a day it is given up, and a person has to look.
package enum MailRetry {
    private static let pauses: [TimeInterval] = [60, 300, 900, 3_600, 3 * 3_600, 6 * 3_600, 12 * 3_600]

    /// Returns the next time; nil if the message is given up.
    ///
    /// - Parameters:
    ///   - attempts: the number of attempts, including this one.
    ///   - deadline: when the message becomes useless.
    package static func next(afterAttempts attempts: Int, at now: Date, deadline: Date) -> Date? {
        guard attempts >= 1, attempts <= pauses.count else { return nil }
        let next = now.addingTimeInterval(pauses[attempts - 1])
        return next < deadline ? next : nil
    }
}
