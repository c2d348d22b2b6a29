import Glibc

@testable import Postgres

/// The sockets of a client's connections, to be made deaf: the server goes on hearing and committing, and its answers
/// are lost. Killing a backend never shows a lost answer, because it answers what it has committed before it dies.
///
/// Duplicates are kept, so that a number that was closed and given to another file is never hit.
/// `@unchecked Sendable`: touched under `lock` only.
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
