package import FoundationEssentials
import StrictJSON

/// Times in answers and events, as ``RFC3339``.
extension JSONWriter {
    /// Appends a time as an element of an array.
    mutating func appendTimestamp(_ date: Date) {
        value(RFC3339.format(date))
    }

    /// Writes a member that is a time.
    package mutating func member(_ name: String, _ date: Date) {
        member(name, RFC3339.format(date))
    }

    /// Writes a member that is a time, or `null`.
    package mutating func member(_ name: String, _ date: Date?) {
        if let date { member(name, date) } else { null(name) }
    }
}
