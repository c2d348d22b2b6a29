package import Foundation
import HearthWeb

/// The secret of the operator's own Entra application. Where it comes from a file, a changed file counts within a
/// second, or as soon as Microsoft refuses what was in it before.
package struct OperatorSecret: Sendable {
    /// The newest on the first line; on the second, if there is one, the former, which Microsoft takes until it ends.
    package let text: WatchedValue
    /// When the newest ends, as the operator said.
    package let end: WatchedValue?

    private var lines: [String] {
        text.text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }.filter {
            !$0.isEmpty
        }
    }

    package var newest: String { lines.first ?? "" }
    package var former: String? { lines.dropFirst().first }
    package var expiresAt: Date? { end.flatMap { Self.date($0.text) } }

    /// Looks every second whether a file has changed, until cancelled.
    package func watch() async {
        while !Task.isCancelled {
            await look()
            try? await Task.sleep(for: .seconds(1))
        }
    }

    /// Looks now.
    package func look() async {
        await text.look()
        await end?.look()
    }

    /// A day, at whose beginning in UTC it ends, or a time.
    package static func date(_ text: String) -> Date? {
        RFC3339.parse(text) ?? RFC3339.parse(text + "T00:00:00Z")
    }
}
