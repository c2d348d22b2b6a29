package import Foundation
import HearthWeb

/// The secret of the operator's Entra application. If it is read from a file, a change takes effect within a second, or as soon
/// as Microsoft refuses the old secret.
package struct OperatorSecret: Sendable {
    /// The newest secret on the first line and, optionally, the former one on the second, which Microsoft accepts until it
    /// expires.
    package let text: WatchedValue
    /// When the newest secret expires, as set by the operator.
    package let end: WatchedValue?

    private var lines: [String] {
        text.text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }.filter {
            !$0.isEmpty
        }
    }

    package var newest: String { lines.first ?? "" }
    package var former: String? { lines.dropFirst().first }
    package var expiresAt: Date? { end.flatMap { Self.date($0.text) } }

    /// Checks every second whether a file has changed, until cancelled.
    package func watch() async {
        while !Task.isCancelled {
            await look()
            try? await Task.sleep(for: .seconds(1))
        }
    }

    /// Rereads the files if they have changed.
    package func look() async {
        await text.look()
        await end?.look()
    }

    /// Parses an RFC 3339 time, or a date, which stands for its beginning in UTC.
    package static func date(_ text: String) -> Date? {
        RFC3339.parse(text) ?? RFC3339.parse(text + "T00:00:00Z")
    }
}
