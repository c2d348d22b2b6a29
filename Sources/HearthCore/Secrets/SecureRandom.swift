/// Random numbers of the kernel.
package enum SecureRandom {
    /// Returns random bytes, drawn eight at a time. Swift's generator has a fallback if getrandom(2) is missing or forbidden;
    /// glibc's arc4random_buf, which would need a single call, aborts the process in that case.
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
