package import Logging
import Synchronization

/// Keeps what is logged as a warning or an error.
package struct Warnings: LogHandler {
    private final class Lines: Sendable {
        let warnings = Mutex<[String]>([])
        let errors = Mutex<[String]>([])
    }

    private let lines = Lines()
    package var metadata: Logger.Metadata = [:]
    package var logLevel = Logger.Level.warning

    package init() {}

    package var texts: [String] { lines.warnings.withLock { $0 } }
    package var errors: [String] { lines.errors.withLock { $0 } }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        guard event.level >= .warning else { return }
        let text = "\(event.message) \(event.metadata ?? [:])"
        if event.level == .warning {
            lines.warnings.withLock { $0.append(text) }
        } else {
            lines.errors.withLock { $0.append(text) }
        }
    }
}
