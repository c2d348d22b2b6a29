import Glibc

/// The kernel's random numbers, by one call however many they are.
enum SecureRandom {
    static func bytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        // It cannot fail, and looks elsewhere where getrandom(2) is forbidden (glibc 2.36).
        arc4random_buf(&bytes, count)
        return bytes
    }
}
