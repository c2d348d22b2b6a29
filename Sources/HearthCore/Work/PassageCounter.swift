import Synchronization

/// Counts the passages of a checkpoint.
final class PassageCounter: Sendable {
    private let count = Atomic(0)

    func next() -> Int { count.add(1, ordering: .relaxed).newValue }
}
