import Crypto

/// The random seed from which all secrets of a link are derived. It is the only secret of a link that is stored, in sealed
/// form; the same seed always gives the same link.
package struct LinkSeed: Sendable {
    /// The seed itself, which is sealed and stored.
    package let bytes: [UInt8]
    /// The keyed HMAC, copied for each secret, which halves the work.
    private let keyed: HMAC<SHA256>

    /// The length of a new seed, in bytes.
    package static let length = 32

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
        keyed = HMAC(key: SymmetricKey(data: bytes))
    }

    /// Derives a secret: the first block of HKDF-Expand (RFC 5869, section 2.3). The seed is uniformly random, so HKDF-Extract
    /// is not needed (section 3.3).
    ///
    /// - Parameter purpose: the `info`. Secrets of different purposes are independent.
    /// - Parameter count: the length in bytes, 32 at most.
    package func derive(_ purpose: String, _ count: Int = 24) -> [UInt8] {
        precondition(count <= SHA256.byteCount, "longer secrets need further blocks")
        var block = keyed
        block.update(data: Array(purpose.utf8) + [1])
        return Array(block.finalize().prefix(count))
    }
}
