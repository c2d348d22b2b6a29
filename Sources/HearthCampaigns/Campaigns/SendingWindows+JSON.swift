package import HearthRules
package import Postgres
import StrictJSON

extension SendingWindows {
    /// Writes the wire format, which is also the stored format.
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

    /// Returns nil for text that ``write(to:)`` does not produce.
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
    /// Reads the columns `sending_schedule` and `sending_windows`, exactly one of which is set.
    init(row: Row) throws {
        if let preset: SchedulePreset = try row[nullable: "sending_schedule"] {
            self = .preset(preset)
        } else {
            self = .windows(try row["sending_windows"])
        }
    }

    /// The value of the column `sending_windows`.
    package var ownWindows: SendingWindows? {
        if case .windows(let windows) = self { windows } else { nil }
    }
}
