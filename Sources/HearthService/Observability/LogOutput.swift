package import Foundation
import Synchronization

/// Where log lines go. Each line is handed over whole, so lines of different threads never mix.
package final class LogOutput: Sendable {
    private let write: @Sendable ([UInt8]) -> Void
    private let lock = Mutex(())

    /// - Parameter write: Called with one line at a time, its line feed included.
    package init(write: @escaping @Sendable ([UInt8]) -> Void) {
        self.write = write
    }

    /// Writes to an open file, such as standard error. What cannot be written is lost: the service does not stop for
    /// its log.
    package convenience init(_ file: FileHandle) {
        self.init { line in
            try? file.write(contentsOf: line)
        }
    }

    package static let standardError = LogOutput(.standardError)

    func append(_ line: [UInt8]) {
        lock.withLock { _ in write(line) }
    }
}
