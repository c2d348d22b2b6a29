import Dispatch
import Foundation
import Synchronization

/// A setting that may change while the service runs: the text of a file, read again when the file is another one than
/// before. Without a file it stays what it is.
package final class WatchedValue: Sendable {
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

    /// - Parameter text: what was in the file when it was read first.
    init(_ text: String, of path: String) {
        self.path = path
        // The next look reads it again: it may have changed since.
        latest = Mutex(Reading(text: text, stamp: nil))
    }

    /// As the last look found it. It costs no system call.
    var text: String { latest.withLock { $0.text } }

    /// Looks at the file. One that is missing, empty or cannot be read leaves the last text in force.
    ///
    /// It reads on a thread of Dispatch's: a file on a network may answer late, and the threads of Swift tasks are few.
    func look() async {
        guard let path else { return }
        await withCheckedContinuation { continuation in
            DispatchQueue.global(qos: .utility).async { [self] in
                read(path)
                continuation.resume()
            }
        }
    }

    private func read(_ path: String) {
        guard let stamp = Stamp(path), latest.withLock({ $0.stamp }) != stamp,
            let data = FileManager.default.contents(atPath: path)
        else { return }
        let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard !text.isEmpty else { return }
        latest.withLock { $0 = Reading(text: text, stamp: stamp) }
    }
}
