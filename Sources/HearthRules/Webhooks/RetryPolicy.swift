package import Foundation

/// When a failed delivery is retried, and when it is given up.
package struct RetryPolicy: Sendable, Equatable {
    /// The pause before each retry, in seconds.
    package let pauses: [Int]
    /// The maximum share by which each pause is randomly lengthened, so that retries do not coincide.
    package let jitter: Double

    /// 5 s, 30 s, 2 min, 10 min, 30 min, 2 h, 5 h, 10 h, 12 h, 24 h: eleven attempts over two and a half days.
    package static let standard = RetryPolicy(
        pauses: [5, 30, 120, 600, 1_800, 7_200, 18_000, 36_000, 43_200, 86_400], jitter: 0.2)

    /// The total number of attempts: the first one and its retries.
    package var attempts: Int { pauses.count + 1 }

    /// Returns the seconds until the next attempt after `failed` attempts; nil if there is none.
    ///
    /// - Parameters:
    ///   - random: a number in 0..<1.
    ///   - retryAfter: the pause that the endpoint asked for, in seconds. It can lengthen the pause, up to a day, but not
    ///     shorten it.
    package func pause(afterFailed failed: Int, random: Double, retryAfter: Int? = nil) -> Double? {
        guard failed >= 1, failed <= pauses.count else { return nil }
        let pause = Double(pauses[failed - 1]) * (1 + jitter * random)
        return max(pause, Double(min(retryAfter ?? 0, 86_400)))
    }
}

/// The value of `Retry-After`: seconds or an HTTP date (RFC 9110, 10.2.3 and 5.6.7).
package enum RetryAfter {
    /// Returns the requested pause in seconds from `now`; 0 for a date in the past, nil for a malformed value.
    package static func seconds(_ text: String, at now: Date) -> Int? {
        if text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            // A number that does not fit means "very long"; the caller limits it.
            return text.isEmpty ? nil : Int(text) ?? Int.max
        }
        return date(text).map { max(0, Int($0.timeIntervalSince(now).rounded(.up))) }
    }

    /// Parses `Sun, 06 Nov 1994 08:49:37 GMT`. The two obsolete formats are no longer sent, and not supported.
    private static func date(_ text: String) -> Date? {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0].count == 4, parts[0].hasSuffix(","), parts[5] == "GMT",
            let month = months.firstIndex(of: String(parts[2])), let day = number(parts[1], digits: 2),
            let year = number(parts[3], digits: 4)
        else { return nil }
        let time = parts[4].split(separator: ":", omittingEmptySubsequences: false).map { number($0, digits: 2) }
        guard time.count == 3, let hour = time[0], let minute = time[1], let second = time[2] else { return nil }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let components = DateComponents(
            year: year, month: month + 1, day: day, hour: hour, minute: minute, second: second)
        return components.isValidDate(in: calendar) ? calendar.date(from: components) : nil
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func number(_ text: Substring, digits: Int) -> Int? {
        text.utf8.count == digits && text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) ? Int(text) : nil
    }
}
