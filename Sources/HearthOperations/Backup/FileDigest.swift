import Crypto
import Foundation

/// SHA-256 of a file that may be larger than the memory.
enum FileDigest {
    /// - Returns: hexadecimal digits, and the file's bytes.
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
