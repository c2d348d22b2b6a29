import Crypto
import Foundation

/// The simulator's only source of randomness: SplitMix64, so that one seed gives one sequence of ids, codes and lifetimes.
///
/// None of it is secret; a real directory would use the system's generator.
struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) {
        self.state = seed
    }

    /// A separate generator for `name`: the same name gives the same ids in every run, whatever happened before.
    init(seed: UInt64, name: String) {
        let hash = SHA256.hash(data: Data("\(seed)|\(name)".utf8))
        self.state = hash.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count {
            withUnsafeBytes(of: next().littleEndian) { bytes.append(contentsOf: $0) }
        }
        return Array(bytes.prefix(count))
    }

    /// A version 4 GUID in lower case, as Microsoft prints directory and object ids.
    mutating func guid() -> String {
        var raw = bytes(16)
        raw[6] = raw[6] & 0x0F | 0x40
        raw[8] = raw[8] & 0x3F | 0x80
        let hex = raw.hexadecimal
        let cuts = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32]
        return cuts.map { String(hex.dropFirst($0.lowerBound).prefix($0.count)) }.joined(separator: "-")
    }

    mutating func hexadecimal(_ digits: Int) -> String {
        String(bytes((digits + 1) / 2).hexadecimal.prefix(digits))
    }

    /// An opaque word of exactly `length` characters from the base64url alphabet.
    mutating func word(_ length: Int) -> String {
        String(Base64URL.encode(bytes(length * 3 / 4 + 3)).prefix(length))
    }
}

extension Sequence<UInt8> {
    /// Two lower-case digits a byte.
    var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in self {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 0x0F)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// base64url without padding (RFC 4648 section 5), the form of every part of a JWT and of a PKCE challenge.
enum Base64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// Hand-written for speed: every token has a thousand characters, and a load test makes a hundred thousand of them.
    static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        var held: UInt32 = 0
        var bits: UInt32 = 0
        for byte in bytes {
            held = held << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                text.append(alphabet[Int(held >> bits & 0x3F)])
            }
            held &= 1 << bits - 1
        }
        if bits > 0 { text.append(alphabet[Int(held << (6 - bits) & 0x3F)]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil if the text is not base64url.
    static func decode(_ text: some StringProtocol) -> Data? {
        let plain = text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        return Data(base64Encoded: plain + String(repeating: "=", count: (4 - plain.count % 4) % 4))
    }
}
