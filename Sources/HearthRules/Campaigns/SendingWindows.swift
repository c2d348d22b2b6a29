/// A day of the week. The raw names are stored and sent.
package enum Weekday: String, Sendable, CaseIterable {
    case mon, tue, wed, thu, fri, sat, sun
}

/// A time range on certain days in which mail may be sent, in the campaign's time zone.
package struct SendingWindow: Sendable, Equatable {
    /// In week order.
    package let days: [Weekday]
    /// Minutes since midnight, inclusive.
    package let from: Int
    /// Minutes since midnight, exclusive; 1,440 is the midnight that ends the day.
    package let to: Int

    package static let minutesOfDay = 1_440

    fileprivate init(days: [Weekday], hours: Range<Int>) {
        self.days = days
        from = hours.lowerBound * 60
        to = hours.upperBound * 60
    }

    package init(days: some Sequence<Weekday>, from: Int, to: Int) throws(SendingWindows.Problem) {
        let chosen = Set(days)
        if chosen.isEmpty { throw .noDay }
        guard (0..<Self.minutesOfDay).contains(from), (1...Self.minutesOfDay).contains(to) else { throw .noTime }
        // A window over midnight is two windows; as one, it would be unclear to which day it belongs.
        if from >= to { throw .endsBeforeItBegins }
        self.days = Weekday.allCases.filter(chosen.contains)
        self.from = from
        self.to = to
    }

    package func overlaps(_ other: SendingWindow) -> Bool {
        from < other.to && other.from < to && !Set(days).isDisjoint(with: other.days)
    }

    /// Parses `08:00` as minutes since midnight, with `24:00` as the end of the day; nil for anything else.
    package static func minutes(of text: String) -> Int? {
        let digits = text.utf8.map { Int($0) - 0x30 }
        guard digits.count == 5, digits[2] == 10, [0, 1, 3, 4].allSatisfy({ (0...9).contains(digits[$0]) }) else {
            return nil
        }
        let hours = digits[0] * 10 + digits[1]
        let minutes = digits[3] * 10 + digits[4]
        guard minutes < 60, hours < 24 || (hours == 24 && minutes == 0) else { return nil }
        return hours * 60 + minutes
    }

    package static func text(ofMinutes minutes: Int) -> String {
        [minutes / 60, minutes % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
    }
}

/// The windows of a week, which do not overlap.
package struct SendingWindows: Sendable, Equatable {
    package let windows: [SendingWindow]

    /// The maximum number of windows: four per day.
    package static let limit = 28

    package enum Problem: Error, Sendable, Equatable {
        case none, tooMany, noDay, noTime, endsBeforeItBegins
        /// The positions of the two windows, from 0.
        case overlap(Int, Int)

        package var words: String {
            switch self {
            case .none: "must have at least one window"
            case .tooMany: "must have at most \(SendingWindows.limit) windows"
            case .noDay: "must name at least one day"
            case .noTime: "must be times such as 08:00, at most 24:00"
            case .endsBeforeItBegins: "must begin before it ends; split a window that spans midnight in two"
            case .overlap(let first, let second):
                "has overlapping windows: number \(first + 1) and number \(second + 1)"
            }
        }
    }

    package init(_ windows: [SendingWindow]) throws(Problem) {
        if windows.isEmpty { throw .none }
        if windows.count > Self.limit { throw .tooMany }
        for (index, window) in windows.enumerated() {
            if let other = windows[..<index].firstIndex(where: window.overlaps) { throw .overlap(other, index) }
        }
        self.windows = windows
    }

    fileprivate init(of preset: SchedulePreset) {
        windows = [SendingWindow(days: preset.days, hours: preset.hours)]
    }
}

extension SchedulePreset {
    /// The preset as windows.
    package var windows: SendingWindows { SendingWindows(of: self) }

    fileprivate var days: [Weekday] {
        switch self {
        case .weekdays8To18, .weekdays7To19, .weekdays6To22: [.mon, .tue, .wed, .thu, .fri]
        case .everyDay8To18, .everyDay7To19, .everyDay6To22: Weekday.allCases
        }
    }

    fileprivate var hours: Range<Int> {
        switch self {
        case .weekdays8To18, .everyDay8To18: 8..<18
        case .weekdays7To19, .everyDay7To19: 7..<19
        case .weekdays6To22, .everyDay6To22: 6..<22
        }
    }
}
