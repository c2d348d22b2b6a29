package import FoundationEssentials

extension RFC3339 {
    /// Parses `date-time` of RFC 3339, section 5.6, strictly: upper-case `T` and `Z`, one to nine digits of fraction, an
    /// existing day, an offset of at most 23:59, and no leap second, which neither `Date` nor PostgreSQL can represent.
    ///
    /// An offset may lead outside the years 0 to 9999; such a time is rejected, because it could not be formatted or read
    /// back.
    ///
    /// - Returns: nil for anything else. Fractions are truncated to microseconds.
    package static func parse(_ text: String) -> Date? {
        var reader = DigitReader(text.utf8)
        guard
            let year = reader.number(digits: 4), reader.skip("-"),
            let month = reader.number(digits: 2), (1...12).contains(month), reader.skip("-"),
            let day = reader.number(digits: 2), (1...DateFields.daysInMonth(month, ofYear: year)).contains(day),
            reader.skip("T"),
            let hour = reader.number(digits: 2), hour < 24, reader.skip(":"),
            let minute = reader.number(digits: 2), minute < 60, reader.skip(":"),
            let second = reader.number(digits: 2), second < 60,
            let microseconds = reader.fraction(),
            let offset = reader.offset(),
            reader.isAtEnd
        else { return nil }
        let days = DateFields.days(year: year, month: month, day: day)
        let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset
        guard yearsInUTC.contains(seconds) else { return nil }
        return Date(timeIntervalSince1970: Double(seconds) + Double(microseconds) / 1_000_000)
    }

    /// The seconds since 1970 in the years 0 to 9999.
    private static let yearsInUTC =
        DateFields.days(year: 0, month: 1, day: 1) * 86_400..<DateFields.days(year: 10_000, month: 1, day: 1) * 86_400
}

/// Reads fixed-width numbers from ASCII text.
private struct DigitReader {
    private var rest: Substring.UTF8View

    init(_ text: String.UTF8View) {
        rest = text[...]
    }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func number(digits: Int) -> Int? {
        var value = 0
        for _ in 0..<digits {
            guard let digit = nextDigit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard let first = rest.first, UInt32(first) == character.value else { return false }
        rest.removeFirst()
        return true
    }

    /// Reads a fraction in microseconds; 0 if there is none.
    mutating func fraction() -> Int? {
        guard skip(".") else { return 0 }
        var value = 0
        var digits = 0
        while let digit = nextDigit() {
            digits += 1
            if digits <= 6 { value = value * 10 + digit }
        }
        guard (1...9).contains(digits) else { return nil }
        while digits < 6 {
            value *= 10
            digits += 1
        }
        return value
    }

    /// Reads an offset in seconds east of UTC.
    mutating func offset() -> Int? {
        if skip("Z") { return 0 }
        let sign: Int
        if skip("+") { sign = 1 } else if skip("-") { sign = -1 } else { return nil }
        guard let hours = number(digits: 2), hours < 24, skip(":"), let minutes = number(digits: 2), minutes < 60
        else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }

    private mutating func nextDigit() -> Int? {
        guard let first = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return nil }
        rest.removeFirst()
        return Int(first - UInt8(ascii: "0"))
    }
}
