import Dispatch
import Foundation
import Glibc

/// A child process of a test, awaited without blocking a thread of the concurrency runtime.
final class ChildProcess: Sendable {
    // Invariant of `nonisolated` use: the process is configured before it is shared.
    private let process: Process
    private let output: FileHandle
    private let end = DispatchSemaphore(value: 0)

    init(_ executable: String, _ arguments: [String], environment: [String: String]? = nil) throws {
        process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: executable)
        process.arguments = arguments
        if let environment { process.environment = environment }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = pipe
        process.standardError = pipe
        output = pipe.fileHandleForReading
        process.terminationHandler = { [end] _ in end.signal() }
        try process.run()
    }

    /// Waits for the process to end. Returns its exit status and output.
    func result() async -> (status: Int32, output: String) {
        let text = await onThread { String(decoding: self.output.readDataToEndOfFile(), as: UTF8.self) }
        await wait(for: end)
        return (process.terminationStatus, text)
    }

    /// Reads until a line begins with the prefix; `nil` if the output ends first.
    func line(beginningWith prefix: String) async -> String? {
        await onThread {
            var line: [UInt8] = []
            while let byte = try? self.output.read(upToCount: 1)?.first {
                if byte != 0x0A {
                    line.append(byte)
                    continue
                }
                let text = String(decoding: line, as: UTF8.self)
                if text.hasPrefix(prefix) { return text }
                line = []
            }
            return nil
        }
    }

    /// Kills the process. SIGTERM would not work: a child inherits the signal mask of the thread that starts it, and the
    /// runtime's threads block it.
    func stop() async {
        kill(process.processIdentifier, SIGKILL)
        await wait(for: end)
    }

    private func onThread<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: work()) }
        }
    }
}
