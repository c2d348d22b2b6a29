import Foundation
import HearthWeb

/// Times as the console shows them: in UTC, so that they can be compared with logs.
enum ConsoleTime {
    /// Such as `2026-11-21 08:03 UTC`.
    static func text(_ date: Date) -> String {
        let text = RFC3339.format(date)
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5)) UTC"
    }

    static func text(_ date: Date?, otherwise words: String) -> String { date.map(text) ?? words }
}
