import Foundation
import StrictJSON
import Synchronization

/// Writes every distinct SQL text of this process to a file, one JSON string per line, for the test that each statement names
/// its tenant (docs/architecture.md). Several processes may share the file. Development only.
package final class StatementRecord: Sendable {
    private let file: FileHandle
    private let seen = Mutex<Set<String>>([])

    /// Returns nil if the file cannot be opened.
    init?(path: String) {
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return nil }
        file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    func note(_ text: String) {
        guard seen.withLock({ $0.insert(text).inserted }) else { return }
        // A single write with O_APPEND, so that lines of several processes do not interleave.
        try? file.write(contentsOf: Data(JSONWriter.bytes(of: .string(text)) + [UInt8(ascii: "\n")]))
    }
}
