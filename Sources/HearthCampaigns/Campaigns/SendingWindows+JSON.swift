package import HearthRules
package import Postgres
import StrictJSON

extension SendingWindows {
    /// The wire form, which is also the stored one.
    func write(to json: inout JSONWriter) {
        json.array { json in
            for window in windows {
                json.object { json in
                    json.array("days") { json in
                        for day in window.days { json.value(day.rawValue) }
                    }
                    json.member("from", SendingWindow.text(ofMinutes: window.from))
                    json.member("to", SendingWindow.text(ofMinutes: window.to))
                }
            }
        }
    }
}

extension SendingWindows: PostgresEncodable, PostgresDecodable {
    package static var postgresType: PostgresType { JSONText.postgresType }

    package var parameter: Parameter {
        var json = JSONWriter()
        write(to: &json)
        return JSONText(text: json.text).parameter
    }

    /// Nil for a text that `write` cannot have made.
    package static func decode(_ bytes: UnsafeRawBufferPointer) -> SendingWindows? {
        guard let elements = try? JSONParser().parse(Array(bytes)).value.asArray else { return nil }
        let windows = elements.compactMap { element -> SendingWindow? in
            guard let object = element.asObject, let days = object["days"]?.asArray,
                let from = object["from"]?.asString.flatMap(SendingWindow.minutes),
                let to = object["to"]?.asString.flatMap(SendingWindow.minutes)
            else { return nil }
            return try? SendingWindow(
                days: days.compactMap(\.asString).compactMap(Weekday.init), from: from, to: to)
        }
        guard windows.count == elements.count else { return nil }
        return try? SendingWindows(windows)
    }
}

extension SendingSchedule {
    /// From the columns `sending_schedule` and `sending_windows`, of which exactly one holds something.
    init(row: Row) throws {
        if let preset: SchedulePreset = try row[nullable: "sending_schedule"] {
            self = .preset(preset)
        } else {
            self = .windows(try row["sending_windows"])
        }
    }

    /// For the column `sending_windows`.
    package var ownWindows: SendingWindows? {
        if case .windows(let windows) = self { windows } else { nil }
    }
}
