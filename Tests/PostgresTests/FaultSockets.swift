import Glibc

@testable import Postgres

/// The sockets of a client's connections, to be made deaf: the server still receives and commits, but its answers
/// are lost. Killing a backend never loses an answer, because it answers what it has committed before it ends.
///
/// Keeps duplicates, so that a number that was closed and reused for another file is never hit.
/// `@unchecked Sendable`: only accessed under `lock`.
final class FaultSockets: @unchecked Sendable {
    private let lock = Lock()
    private var duplicates: [Int32] = []
    private let limit: Int

    init(connections: Int) {
        limit = connections
    }

    deinit {
        for descriptor in duplicates { close(descriptor) }
    }

    func add(_ descriptor: Int32) {
        lock.withLock {
            duplicates.append(dup(descriptor))
            if duplicates.count > limit { close(duplicates.removeFirst()) }
        }
    }

    func deafenOne() {
        lock.withLock { if let descriptor = duplicates.randomElement() { shutdown(descriptor, Int32(SHUT_RD)) } }
    }
}
