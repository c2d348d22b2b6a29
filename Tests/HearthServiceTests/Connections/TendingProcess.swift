import Foundation
import Synchronization

@testable import HearthCore
@testable import HearthMailboxes

/// The process of a simulated world, which can be restarted with other keys.
final class TendingProcess: Sendable {
    private struct Running {
        let worker: LeasedWorker<MaintainGrants>
        let task: Task<Void, any Error>
    }

    private let running = Mutex<Running?>(nil)
    private let registry: KeyRegistry
    private let now: @Sendable () -> Date
    private let make: @Sendable (KeyRing) -> LeasedWorker<MaintainGrants>

    init(
        registry: KeyRegistry, now: @escaping @Sendable () -> Date,
        making make: @escaping @Sendable (KeyRing) -> LeasedWorker<MaintainGrants>
    ) {
        self.registry = registry
        self.now = now
        self.make = make
    }

    /// Available only between ``start(keys:)`` and ``stop()``.
    var worker: LeasedWorker<MaintainGrants> {
        guard let worker = running.withLock({ $0?.worker }) else { preconditionFailure("the process is not running") }
        return worker
    }

    /// - Throws: `KeyRefusal` if sealed values need a key that is not among these.
    func start(keys: String) async throws {
        let ring = try KeyRing(keys)
        let worker = make(ring)
        try await AnnounceKey(registry: registry, ring: ring, now: now, logger: worker.logger).begin()
        let task = Task { try await worker.run() }
        running.withLock { $0 = Running(worker: worker, task: task) }
    }

    func stop() async throws {
        guard let task = running.withLock({ $0?.task }) else { return }
        task.cancel()
        try await task.value
        running.withLock { $0 = nil }
    }
}

/// Encryption keys in the format of `HEARTH_ENCRYPTION_KEYS`.
enum Keys {
    static let first = "k1:" + Data(repeating: 1, count: 32).base64EncodedString()
    static let second = "k2:" + Data(repeating: 2, count: 32).base64EncodedString()
    static let third = "k3:" + Data(repeating: 3, count: 32).base64EncodedString()
}
