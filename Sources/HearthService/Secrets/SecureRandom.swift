import Glibc
import Synchronization

/// The kernel's random numbers.
enum SecureRandom {
    /// What `getentropy` gives at most at once (POSIX.1-2024).
    private static let limit = 256

    static func bytes(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            let buffer = UnsafeMutableRawBufferPointer(buffer)
            while filled < count {
                let part = buffer[filled..<min(count, filled + limit)]
                if getentropy(UnsafeMutableRawBufferPointer(rebasing: part).baseAddress, part.count) != 0 {
                    // Where it is forbidden, Swift's own generator finds another way.
                    var generator = SystemRandomNumberGenerator()
                    for index in part.indices { buffer[index] = generator.next() }
                }
                filled += part.count
            }
        }
    }
}

/// Random numbers for the ids of requests and traces, which identify and keep nothing secret: one call of the kernel
/// for 32 of them, because each request needs five.
final class RandomNumbers: Sendable {
    static let shared = RandomNumbers()

    private let left = Mutex<[UInt64]>([])

    func next() -> UInt64 {
        left.withLock { left in
            if left.isEmpty {
                left = SecureRandom.bytes(256).withUnsafeBytes { Array($0.bindMemory(to: UInt64.self)) }
            }
            return left.removeLast()
        }
    }
}
