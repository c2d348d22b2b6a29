import Foundation
import Testing

@testable import HearthRules

@Suite("Time zones")
struct TimeZoneNameTests {
    @Test(
        "old and new names of the IANA database are kept unchanged",
        arguments: [
            "America/Chicago", "Europe/Kyiv", "Europe/Kiev", "Asia/Calcutta", "Asia/Kolkata", "UTC", "Etc/UTC",
            "Etc/GMT+5", "GMT",
            "GMT0", "EST", "MST", "HST", "EST5EDT", "CET", "US/Pacific", "America/Argentina/ComodRivadavia",
            "America/Coyhaique",
            "GB", "Zulu",
        ])
    func names(text: String) throws {
        #expect(try TimeZoneName(text).text == text)
        #expect(TimeZone(identifier: text) != nil)
    }

    @Test(
        "no other name is accepted, even if Foundation knows it",
        arguments: [
            "", "BST", "IST", "PST", "PDT", "GMT+5", "UTC+2", "GMT+0500", "Factory", "posixrules", "localtime",
            "posix/UTC",
            "right/UTC", "Mars/Olympus", "../../etc/passwd", "Europe", "Europe/", "/Europe/Berlin", "Europe/Berlin/",
            "+02:00",
        ])
    func noNames(text: String) {
        #expect(throws: TimeZoneName.Problem.self) { try TimeZoneName(text) }
    }

    @Test(
        "the name that was probably meant is suggested",
        arguments: [
            ("europe/berlin", "Europe/Berlin"), ("EUROPE/KYIV", "Europe/Kyiv"), ("utc", "UTC"),
            ("Berlin", "Europe/Berlin"),
            ("New York", "America/New_York"), ("Europe/New York", "America/New_York"),
            ("Europe/Berlni", "Europe/Berlin"),
            ("America/Chicgo", "America/Chicago"), ("BST", nil), ("PST", nil), ("GMT+5", nil), ("UTC+2", nil),
            ("Etc/GMT+15", nil),
            ("Mars/Olympus", nil),
        ] as [(String, String?)])
    func suggestions(text: String, expected: String?) {
        do {
            _ = try TimeZoneName(text)
            Issue.record("it was accepted")
        } catch {
            #expect(error.suggestion == expected)
            #expect(error.words.contains(expected ?? "abbreviations"))
        }
    }

    @Test("the list is the same as the machine's, if it has the database")
    func sameAsMachine() throws {
        guard let file = try? String(contentsOfFile: "/usr/share/zoneinfo/tzdata.zi", encoding: .utf8) else { return }
        let lines = file.split(separator: "\n").map { $0.split(separator: " ") }
        // "Z name ..." and "L target name".
        let names = lines.compactMap { $0.first == "Z" ? $0[1] : $0.first == "L" ? $0[2] : nil }.map { String($0) }
        let unknown = Set(names).subtracting(TimeZoneNames.all).subtracting(["Factory"])
        #expect(unknown.isEmpty, "the machine's database has names that TimeZoneNames.swift does not have")
        let version = try #require(lines.first?.last)
        if version >= "2025b" { #expect(TimeZoneNames.all.subtracting(names).isEmpty) }
    }

    /// In a past year, for which neither database will change. `EST` and `MST` stay the same all year.
    @Test("Foundation has every name, with the machine's offset in every month of 2024")
    func offsets() async {
        // TZ is the whole process's, so it is changed in another one.
        await #expect(processExitsWith: .success) {
            guard FileManager.default.fileExists(atPath: "/usr/share/zoneinfo/America/Chicago") else { return }
            for name in TimeZoneNames.all.sorted() {
                guard let zone = TimeZone(identifier: name) else {
                    Issue.record("Foundation does not know \(name)")
                    continue
                }
                guard FileManager.default.fileExists(atPath: "/usr/share/zoneinfo/" + name) else { continue }
                setenv("TZ", ":" + name, 1)
                tzset()
                for month in 0..<12 {
                    var seconds = time_t(1_704_067_200 + month * 2_635_200)
                    var fields = tm()
                    localtime_r(&seconds, &fields)
                    let date = Date(timeIntervalSince1970: TimeInterval(seconds))
                    #expect(zone.secondsFromGMT(for: date) == Int(fields.tm_gmtoff), "\(name), month \(month + 1)")
                }
            }
        }
    }
}
