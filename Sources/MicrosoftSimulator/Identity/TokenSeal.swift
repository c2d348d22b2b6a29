import Crypto
import Foundation

/// Makes token texts that carry their own content, and recognises them.
///
/// The simulator keeps no table of tokens, so that millions of refreshes cost no memory. A text is verified by making it
/// again from its content and comparing the whole, so that any missing or changed character makes it invalid.
struct TokenSeal: Sendable {
    private static let tagCount = 16

    private let key: SymmetricKey

    /// - Parameter epoch: counts the resets; tokens of an earlier epoch are invalid.
    init(seed: UInt64, epoch: Int) {
        key = SymmetricKey(data: SHA256.hash(data: Data("token seal|\(seed)|\(epoch)".utf8)))
    }

    /// A base64url word of `length` characters that begins with `payload`.
    ///
    /// - Parameter context: what the payload belongs to; the same payload gives another word in another context.
    func word(_ payload: [UInt8], context: String, length: Int) -> String {
        var code = HMAC<SHA256>(key: key)
        code.update(data: Data(context.utf8))
        code.update(data: payload)
        let tag = Array(code.finalize())
        let filled = tag.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        var filler = SeededGenerator(seed: filled)
        let rest = max(0, length * 3 / 4 + 3 - payload.count - Self.tagCount)
        return String(Base64URL.encode(payload + tag.prefix(Self.tagCount) + filler.bytes(rest)).prefix(length))
    }

    /// The first `count` bytes of a word's payload, not verified: enough to find what to verify it against.
    static func payload(of word: some StringProtocol, count: Int) -> [UInt8]? {
        let characters = (count + 2) / 3 * 4
        guard word.utf8.count >= characters else { return nil }
        return Base64URL.decode(word.prefix(characters)).map { Array($0.prefix(count)) }
    }
}

/// Writes numbers to a payload, most significant byte first.
struct PayloadWriter {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }
}

struct PayloadReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) {
        rest = bytes[...]
    }

    /// The caller must ensure that there are enough bytes.
    mutating func next<Number: FixedWidthInteger>(_ type: Number.Type) -> Number {
        let count = Number.bitWidth / 8
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count).reduce(0) { $0 << 8 | Number(truncatingIfNeeded: $1) }
    }
}
