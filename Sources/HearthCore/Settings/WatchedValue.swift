import Dispatch
import Foundation
import Synchronization

/// A setting that may change while the service runs: the text of a file, reread when the file has changed. Without a file it
/// is constant.
package final class WatchedValue: Sendable {
    /// Identifies the version of a file, to detect a change of the file or of the target of a symbolic link.
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

    /// - Parameter text: the content of the file when it was first read.
    init(_ text: String, of path: String) {
        self.path = path
        // No stamp, so that the next check rereads the file, which may have changed since.
        latest = Mutex(Reading(text: text, stamp: nil))
    }

    /// The text as last read, without a system call.
    var text: String { latest.withLock { $0.text } }

    /// Rereads the file if it has changed. If it is missing, empty or unreadable, the last text stays in force.
    ///
    /// Reads on a Dispatch thread, because a network file system may be slow and the threads of Swift tasks are few.
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
