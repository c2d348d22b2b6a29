/// The kernel's random numbers.
package enum SecureRandom {
    /// Eight at a time. Swift's generator finds another way where getrandom(2) is missing or forbidden; glibc's
    /// arc4random_buf, which takes all in one call, ends the process there.
    package static func bytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 7)
        while bytes.count < count {
            withUnsafeBytes(of: generator.next() as UInt64) { bytes += $0 }
        }
        return Array(bytes.prefix(count))
    }
}
