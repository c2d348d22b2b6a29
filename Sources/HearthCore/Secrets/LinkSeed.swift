import Crypto

/// The random seed of a link, from which all secrets of the link are derived. It is stored sealed, and nothing else
/// secret is: the same seed gives the same link again.
package struct LinkSeed: Sendable {
    /// What is sealed and stored.
    package let bytes: [UInt8]
    /// Keyed once: each secret goes on from a copy, which is half of the work.
    private let keyed: HMAC<SHA256>

    /// Of a new seed, in bytes.
    package static let length = 32

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
        keyed = HMAC(key: SymmetricKey(data: bytes))
    }

    /// HKDF-Expand (RFC 5869 2.3), its first block. The seed is random throughout, so nothing is to be extracted first
    /// (3.3).
    ///
    /// - Parameter purpose: the `info`; what another gives tells nothing of this one.
    /// - Parameter count: in bytes, 32 at most.
    package func derive(_ purpose: String, _ count: Int = 24) -> [UInt8] {
        precondition(count <= SHA256.byteCount, "longer secrets need further blocks")
        var block = keyed
        block.update(data: Array(purpose.utf8) + [1])
        return Array(block.finalize().prefix(count))
    }
}
