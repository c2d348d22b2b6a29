import Glibc

/// The kernel's random numbers, by one call however many they are.
enum SecureRandom {
    static func bytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        // glibc 2.36. It returns no error: where the kernel refuses to give any, it ends the process.
        arc4random_buf(&bytes, count)
        return bytes
    }
}
