import HearthRules
import Testing

@Suite("Sending windows")
struct SendingWindowTests {
    private func window(_ days: [Weekday], _ from: String, _ to: String) throws -> SendingWindow {
        try SendingWindow(
            days: days, from: #require(SendingWindow.minutes(of: from)), to: #require(SendingWindow.minutes(of: to)))
    }

    @Test(
        "times are parsed to the minute, including midnight at the end",
        arguments: [("00:00", 0), ("08:05", 485), ("23:59", 1_439), ("24:00", 1_440)])
    func times(text: String, minutes: Int) {
        #expect(SendingWindow.minutes(of: text) == minutes)
        #expect(SendingWindow.text(ofMinutes: minutes) == text)
    }

    @Test(
        "an invalid time is refused",
        arguments: ["", "8:00", "08.00", "24:01", "25:00", "08:60", "-1:00", "08:00 ", "0800", "08:0é", "٠٨:٠٠"])
    func noTimes(text: String) {
        #expect(SendingWindow.minutes(of: text) == nil)
    }

    @Test("a window has a day and ends after it begins")
    func shape() throws {
        #expect(throws: SendingWindows.Problem.noDay) { try SendingWindow(days: [], from: 0, to: 60) }
        #expect(throws: SendingWindows.Problem.endsBeforeItBegins) { try window([.mon], "22:00", "06:00") }
        #expect(throws: SendingWindows.Problem.endsBeforeItBegins) { try window([.mon], "08:00", "08:00") }
        #expect(throws: SendingWindows.Problem.noTime) { try SendingWindow(days: [.mon], from: 1_440, to: 1_441) }
        #expect(throws: SendingWindows.Problem.noTime) { try SendingWindow(days: [.mon], from: -1, to: 60) }
        #expect(try window([.sun, .mon, .sun], "08:00", "09:00").days == [.mon, .sun])
    }

    @Test("two windows may touch, but not overlap on any day")
    func overlaps() throws {
        let morning = try window([.mon, .tue], "08:00", "12:00")
        #expect(try SendingWindows([morning, window([.mon], "12:00", "18:00")]).windows.count == 2)
        #expect(try SendingWindows([morning, window([.wed], "08:00", "12:00")]).windows.count == 2)
        let late = try window([.tue, .wed], "11:59", "13:00")
        #expect(throws: SendingWindows.Problem.overlap(0, 1)) { try SendingWindows([morning, late]) }
        let all = try window([.tue], "00:00", "24:00")
        #expect(throws: SendingWindows.Problem.overlap(0, 1)) { try SendingWindows([morning, all]) }
    }

    @Test("there are one to twenty-eight windows")
    func count() throws {
        let four = [("00:00", "06:00"), ("06:00", "12:00"), ("12:00", "18:00"), ("18:00", "24:00")]
        let full = try Weekday.allCases.flatMap { day in try four.map { try window([day], $0.0, $0.1) } }
        #expect(try SendingWindows(full).windows.count == 28)
        #expect(throws: SendingWindows.Problem.tooMany) { try SendingWindows(full + [full[0]]) }
        #expect(throws: SendingWindows.Problem.none) { try SendingWindows([]) }
    }

    @Test("a preset is the window that its name describes", arguments: SchedulePreset.allCases)
    func presets(preset: SchedulePreset) throws {
        let window = try #require(preset.windows.windows.first)
        #expect(preset.windows.windows.count == 1)
        let hours = "\(window.from / 60)am to \(window.to / 60 - 12)pm"
        #expect(preset.rawValue == (window.days.count == 7 ? "With Weekends - " : "Weekdays - ") + hours)
        #expect(window.days.count == 7 || window.days == [.mon, .tue, .wed, .thu, .fri])
    }
}

@Suite("The ETag of settings")
struct SettingsTagTests {
    private let tag = SettingsTag(version: 7)

    @Test(
        "the tag itself, alone or in a list, and the star match",
        arguments: ["\"7\"", "\"1\", \"7\"", " * ", "\"a,b\",\"7\""])
    func matches(header: String) throws {
        let satisfied = try tag.satisfies(ifMatch: header)
        #expect(satisfied)
    }

    @Test("others and weak tags do not match", arguments: ["\"6\"", "\"77\"", "W/\"7\"", "\"\"", "\"6\", W/\"7\""])
    func mismatches(header: String) throws {
        let satisfied = try tag.satisfies(ifMatch: header)
        #expect(!satisfied)
    }

    @Test("an invalid list of tags is refused", arguments: ["", "7", "\"7", "\"7\" \"8\"", "*, \"7\"", "w/\"7\"", ","])
    func malformed(header: String) {
        #expect(throws: SettingsTag.Problem.malformed) { try tag.satisfies(ifMatch: header) }
    }
}
