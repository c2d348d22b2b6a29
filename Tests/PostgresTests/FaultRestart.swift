import Foundation
import Glibc
import Testing

@testable import Postgres

/// Restarts the server once, if there is a command for it. `@unchecked Sendable`: only accessed under `lock`.
final class FaultRestart: @unchecked Sendable {
    private let lock = Lock()
    private var command: String?
    private var began: ContinuousClock.Instant?
    private var ended: ContinuousClock.Instant?

    init(_ command: String?) {
        self.command = command
    }

    /// How long the server was down.
    var duration: Duration? { lock.withLock { began.flatMap { began in ended.map { $0 - began } } } }

    func overlaps(_ from: ContinuousClock.Instant, _ to: ContinuousClock.Instant) -> Bool {
        lock.withLock { began.map { $0 <= to && from <= ended ?? to } ?? false }
    }

    /// The first call restarts the server, and waits until it is back.
    func runOnce() async {
        let taken: String? = lock.withLock {
            guard let command else { return nil }
            self.command = nil
            began = .now
            return command
        }
        guard let taken else { return }
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            Thread {
                Self.runShell(taken)
                continuation.resume()
            }.start()
        }
        lock.withLock { ended = .now }
    }

    /// Does not use `Process`, which waits until the server, started by the command, has closed its inherited descriptors.
    private static func runShell(_ command: String) {
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("/bin/sh"), strdup("-c"), strdup(command), nil]
        defer { for argument in arguments { free(argument) } }
        var id: pid_t = 0
        guard posix_spawn(&id, "/bin/sh", nil, nil, &arguments, environ) == 0 else {
            Issue.record("the restart command could not be run")
            return
        }
        var status: Int32 = 0
        while waitpid(id, &status, 0) == -1, errno == EINTR {}
        if status != 0 { Issue.record("the restart command failed") }
    }
}
