import Glibc
import Synchronization

/// The destination of log lines. Lines of different threads never interleave.
package final class LogOutput: Sendable {
    private let write: @Sendable ([UInt8]) -> Void
    private let lock = Mutex(())

    /// - Parameter write: called with one line at a time, including its line feed.
    package init(write: @escaping @Sendable ([UInt8]) -> Void) {
        self.write = write
    }

    /// Writes to an open file. A line that cannot be written is lost, so that logging never stops the service.
    package convenience init(descriptor: Int32) {
        self.init { line in
            var rest = line[...]
            while !rest.isEmpty {
                let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
                if written < 0, errno == EINTR { continue }
                guard written > 0 else { return }
                rest = rest.dropFirst(written)
            }
        }
    }

    package static let standardError = LogOutput(descriptor: STDERR_FILENO)

    package func append(_ line: [UInt8]) {
        lock.withLock { _ in write(line) }
    }
}
