package import FoundationEssentials

/// Times in answers: RFC 3339 in UTC with milliseconds, such as `2026-11-21T01:02:03.123Z`.
///
/// Written by hand because every answer has several of them and a formatter costs more than the rest of the answer.
/// The calendar is proleptic Gregorian, for the years 0 to 9999 (RFC 3339, section 1).
package enum RFC3339 {
    /// The length of every text that ``format(_:)`` returns.
    package static let length = 24

    /// Formats a time. It is truncated to milliseconds; years outside 0 to 9999 are clamped.
    package static func format(_ date: Date) -> String {
        String(unsafeUninitializedCapacity: length) { buffer in
            var fields = DateFields(of: date)
            buffer.initialize(repeating: UInt8(ascii: "-"))
            write(&fields.year, digits: 4, at: 0, in: buffer)
            write(&fields.month, digits: 2, at: 5, in: buffer)
            write(&fields.day, digits: 2, at: 8, in: buffer)
            buffer[10] = UInt8(ascii: "T")
            write(&fields.hour, digits: 2, at: 11, in: buffer)
            buffer[13] = UInt8(ascii: ":")
            write(&fields.minute, digits: 2, at: 14, in: buffer)
            buffer[16] = UInt8(ascii: ":")
            write(&fields.second, digits: 2, at: 17, in: buffer)
            buffer[19] = UInt8(ascii: ".")
            write(&fields.millisecond, digits: 3, at: 20, in: buffer)
            buffer[23] = UInt8(ascii: "Z")
            return length
        }
    }

    /// Writes a number with leading zeros. The number keeps the digits that did not fit.
    private static func write(
        _ number: inout Int, digits: Int, at start: Int, in buffer: UnsafeMutableBufferPointer<UInt8>
    ) {
        for position in (start..<start + digits).reversed() {
            buffer[position] = UInt8(ascii: "0") + UInt8(number % 10)
            number /= 10
        }
    }
}

/// The components of a time in UTC.
struct DateFields: Equatable {
    var year: Int
    var month: Int
    var day: Int
    var hour: Int
    var minute: Int
    var second: Int
    var millisecond: Int

    /// The first and the last time in the years 0 to 9999, in milliseconds since 1970.
    private static let bounds = -62_167_219_200_000...253_402_300_799_999

    init(of date: Date) {
        // Doubles this far from zero are precise to about 0.1 us, so round to whole microseconds before truncating to
        // milliseconds; otherwise .123 would become .122.
        let microseconds = (date.timeIntervalSince1970 * 1_000_000).rounded()
        let limits = Self.bounds
        let wanted = (microseconds / 1000).rounded(.down)
        let milliseconds =
            wanted.isNaN ? 0 : Int(min(max(wanted, Double(limits.lowerBound)), Double(limits.upperBound)))
        let days = milliseconds.flooredQuotient(by: 86_400_000)
        var rest = milliseconds - days * 86_400_000
        hour = rest / 3_600_000
        rest %= 3_600_000
        minute = rest / 60_000
        rest %= 60_000
        second = rest / 1000
        millisecond = rest % 1000
        (year, month, day) = Self.civil(fromDays: days)
    }

    /// Returns the date for a number of days since 1970-01-01.
    ///
    /// Years are counted from March, so that the leap day is the last of a year, in eras of 400 years (146,097 days).
    private static func civil(fromDays days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468  // days since 0000-03-01
        let era = shifted.flooredQuotient(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    /// Returns the number of days from 1970-01-01 to a valid date.
    static func days(year: Int, month: Int, day: Int) -> Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear.flooredQuotient(by: 400)
        let yearOfEra = shiftedYear - era * 400
        let monthFromMarch = month > 2 ? month - 3 : month + 9
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The number of days in a month.
    static func daysInMonth(_ month: Int, ofYear year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

extension Int {
    /// Division that rounds toward negative infinity; `divisor` must be positive.
    fileprivate func flooredQuotient(by divisor: Int) -> Int {
        self >= 0 ? self / divisor : (self - divisor + 1) / divisor
    }
}
