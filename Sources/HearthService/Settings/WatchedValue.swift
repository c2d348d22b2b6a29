import Foundation
import Synchronization

/// A setting that may change while the service runs: the text of a file, read again when the file is another one than
/// before. Without a file it stays what it is.
final class WatchedValue: Sendable {
    /// What tells a file from the one before: a changed one, or one that a link points to now.
    private struct Stamp: Equatable {
        let path: String
        let inode: Int?
        let size: Int?
        let modified: Date?

        init?(_ path: String) {
            self.path = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
            guard let found = try? FileManager.default.attributesOfItem(atPath: self.path) else { return nil }
            inode = (found[.systemFileNumber] as? NSNumber)?.intValue
            size = (found[.size] as? NSNumber)?.intValue
            modified = found[.modificationDate] as? Date
        }
    }

    private struct Reading {
        var text: String
        var stamp: Stamp?
    }

    private let path: String?
    private let latest: Mutex<Reading>

    init(_ text: String) {
        path = nil
        latest = Mutex(Reading(text: text, stamp: nil))
    }

    /// - Parameter text: what stood in the file when it was read first.
    init(_ text: String, of path: String) {
        self.path = path
        // The next look reads it again: it may have changed since.
        latest = Mutex(Reading(text: text, stamp: nil))
    }

    /// As it is now. A file that is missing, empty or cannot be read leaves the last text in force.
    var text: String {
        guard let path, let stamp = Stamp(path) else { return latest.withLock { $0.text } }
        return latest.withLock { reading in
            guard reading.stamp != stamp, let data = FileManager.default.contents(atPath: path) else {
                return reading.text
            }
            let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .newlines)
            guard !text.isEmpty else { return reading.text }
            reading = Reading(text: text, stamp: stamp)
            return text
        }
    }
}
