import Logging
import Synchronization

/// Collects logged warnings.
struct Warnings: LogHandler {
    private final class Lines: Sendable {
        let texts = Mutex<[String]>([])
    }

    private let lines = Lines()
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.warning

    var texts: [String] { lines.texts.withLock { $0 } }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        guard event.level == .warning else { return }
        lines.texts.withLock { $0.append("\(event.message) \(event.metadata ?? [:])") }
    }
}
