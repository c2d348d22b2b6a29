import Crypto
import Foundation

/// Computes the SHA-256 of a file that may be larger than memory.
enum FileDigest {
    /// - Returns: the digest in hexadecimal digits, and the file's length in bytes.
    static func of(_ path: String) throws -> (digest: String, bytes: Int64) {
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw OperatorRefusal("\(path) cannot be read")
        }
        defer { try? file.close() }
        var hash = SHA256()
        var bytes: Int64 = 0
        while let part = try file.read(upToCount: 1 << 20), !part.isEmpty {
            hash.update(data: part)
            bytes += Int64(part.count)
        }
        let digits = hash.finalize().map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
        return (digits.joined(), bytes)
    }
}
