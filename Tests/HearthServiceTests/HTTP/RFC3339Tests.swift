import Foundation
import TestSupport
import Testing

@testable import HearthWeb

@Suite("Times on the wire")
struct RFC3339Tests {
    @Test("random times are written as Foundation writes them")
    func agreesWithFoundation() throws {
        var random = SeededRandom(seed: 1)
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        for _ in 0..<20_000 {
            // Whole seconds, because Foundation's treatment of fractions is not under test; and none before the
            // Gregorian calendar, because Foundation then writes Julian dates.
            let seconds = Int.random(in: -12_219_292_800...253_402_300_799, using: &random)
            let date = Date(timeIntervalSince1970: Double(seconds))
            #expect(RFC3339.format(date) == style.format(date))
        }
    }

    @Test("every millisecond survives writing and reading")
    func roundTrip() throws {
        var random = SeededRandom(seed: 2)
        for _ in 0..<20_000 {
            let milliseconds = Int.random(in: 0...4_102_444_800_000, using: &random)
            let date = Date(timeIntervalSince1970: Double(milliseconds) / 1000)
            let text = RFC3339.format(date)
            #expect(text.hasSuffix(String(format: ".%03dZ", milliseconds % 1000)))
            let read = try #require(RFC3339.parse(text))
            #expect(RFC3339.format(read) == text)
        }
    }

    @Test(
        "known times",
        arguments: [
            ("1970-01-01T00:00:00.000Z", 0.0), ("2000-02-29T23:59:59.999Z", 951_868_799.999),
            ("1969-12-31T23:59:59.500Z", -0.5), ("2026-11-21T01:02:03.123Z", 1_795_222_923.123),
            ("0000-01-01T00:00:00.000Z", -62_167_219_200), ("9999-12-31T23:59:59.999Z", 253_402_300_799.999),
        ])
    func known(text: String, seconds: Double) throws {
        #expect(RFC3339.format(Date(timeIntervalSince1970: seconds)) == text)
        let date = try #require(RFC3339.parse(text))
        #expect(abs(date.timeIntervalSince1970 - seconds) < 0.000_1)
    }

    @Test("anything finer than a millisecond is cut off, and years beyond four digits are clamped")
    func cutAndClamp() {
        #expect(RFC3339.format(Date(timeIntervalSince1970: 1.123_999)) == "1970-01-01T00:00:01.123Z")
        #expect(RFC3339.format(Date(timeIntervalSince1970: 1e15)) == "9999-12-31T23:59:59.999Z")
        #expect(RFC3339.format(Date(timeIntervalSince1970: -1e15)) == "0000-01-01T00:00:00.000Z")
        #expect(RFC3339.format(Date(timeIntervalSince1970: .nan)) == "1970-01-01T00:00:00.000Z")
    }

    @Test("offsets and fractions are read")
    func offsets() throws {
        let expected = Date(timeIntervalSince1970: 1_795_222_923.25)
        for text in ["2026-11-21T01:02:03.25Z", "2026-11-21T03:02:03.250+02:00", "2026-11-20T19:32:03.2500000-05:30"] {
            #expect(RFC3339.parse(text) == expected, "\(text)")
        }
    }

    @Test(
        "anything else is refused",
        arguments: [
            "", "2026-11-21", "2026-11-21T01:02:03", "2026-11-21 01:02:03Z", "2026-11-21t01:02:03z",
            "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
            "2026-04-31T00:00:00Z", "2026-04-00T00:00:00Z", "2026-11-21T24:00:00Z", "2026-11-21T00:60:00Z",
            "2026-11-21T00:00:60Z", "2026-11-21T00:00:00.Z", "2026-11-21T00:00:00.1234567890Z",
            "2026-11-21T00:00:00+24:00", "2026-11-21T00:00:00+0200", "2026-11-21T00:00:00Zx", "+026-11-21T00:00:00Z",
            "2026-11-21T00:00:00,5Z", "٢٠٢٦-11-21T00:00:00Z", "2026-1-21T00:00:00Z",
            // In UTC their years do not fit into four digits.
            "9999-12-31T23:59:59-00:01", "0000-01-01T00:00:00+00:01",
        ])
    func refused(text: String) {
        #expect(RFC3339.parse(text) == nil)
    }
}
