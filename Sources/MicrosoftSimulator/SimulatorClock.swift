import Foundation

/// The simulator's time: real time plus an offset that a test can change.
///
/// All periods (codes 10 minutes, access tokens about an hour, refresh tokens 90 days, propagation of admin consent) are
/// measured on this clock, never on the machine's.
struct SimulatorClock: Sendable {
    private let source: @Sendable () -> Date
    private(set) var offset: TimeInterval = 0

    init(source: @escaping @Sendable () -> Date) {
        self.source = source
    }

    var now: Date { source().addingTimeInterval(offset) }

    /// Moves time by `seconds`; a negative number moves it back.
    mutating func advance(seconds: TimeInterval) {
        offset += seconds
    }

    /// Sets the time to `date`, from where it continues to run.
    mutating func set(to date: Date) {
        offset = date.timeIntervalSince(source())
    }
}

/// The date formats of Microsoft's responses. All are UTC, in whole seconds.
enum Timestamp {
    /// `2026-03-01 09:15:02Z`: with a space, in token errors.
    static func identity(_ date: Date) -> String {
        let part = parts(of: date)
        return "\(part.day) \(part.time)Z"
    }

    /// `2026-03-01T09:15:02Z`: in mail resources.
    static func graph(_ date: Date) -> String {
        let part = parts(of: date)
        return "\(part.day)T\(part.time)Z"
    }

    /// `2026-03-01T09:15:02`: without a zone, in Graph's `innerError`.
    static func zoneless(_ date: Date) -> String {
        let part = parts(of: date)
        return "\(part.day)T\(part.time)"
    }

    /// `Sun, 01 Mar 2026 09:15:02 GMT`: the `Date` header (RFC 9110 section 5.6.7).
    static func header(_ date: Date) -> String { "\(words(date)) GMT" }

    /// `Sun, 01 Mar 2026 09:15:02 +0000`: the `Date` header of a mail (RFC 5322 section 3.3).
    static func mail(_ date: Date) -> String { "\(words(date)) +0000" }

    private static func words(_ date: Date) -> String {
        let part = fields(of: date)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let weekday = days[((part.weekday ?? 1) - 1) % 7]
        let month = months[((part.month ?? 1) - 1) % 12]
        return "\(weekday), \(two(part.day)) \(month) \(part.year ?? 0) \(parts(of: date).time)"
    }

    /// Reads `2026-03-01T09:15:02Z`, with or without a fraction or an offset.
    static func parse(_ text: String) -> Date? {
        (try? Date(text, strategy: .iso8601))
            ?? (try? Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(text))
    }

    private static func fields(of date: Date) -> DateComponents {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar.dateComponents([.year, .month, .day, .hour, .minute, .second, .weekday], from: date)
    }

    private static func parts(of date: Date) -> (day: String, time: String) {
        let part = fields(of: date)
        return (
            "\(part.year ?? 0)-\(two(part.month))-\(two(part.day))",
            "\(two(part.hour)):\(two(part.minute)):\(two(part.second))"
        )
    }

    private static func two(_ number: Int?) -> String {
        let number = number ?? 0
        return number < 10 ? "0\(number)" : "\(number)"
    }
}
