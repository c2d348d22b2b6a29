import Glibc

/// An IPv4 or IPv6 address, without port and without zone.
package enum IPAddress: Sendable, Hashable {
    /// The address as a number, most significant octet first.
    case v4(UInt32)
    /// The address as a number, most significant octet first.
    case v6(UInt128)

    /// Parses the usual notation, strictly: no short forms such as `127.1`, no zone, no brackets.
    package init?(_ text: String) {
        var v4 = in_addr()
        var v6 = in6_addr()
        // inet_pton would stop at a NUL.
        guard !text.utf8.contains(0) else { return nil }
        if inet_pton(AF_INET, text, &v4) == 1 {
            self = withUnsafeBytes(of: &v4) { .v4(UInt32(bigEndian: $0.loadUnaligned(as: UInt32.self))) }
        } else if inet_pton(AF_INET6, text, &v6) == 1 {
            self = withUnsafeBytes(of: &v6) { .v6(UInt128(bigEndian: $0.loadUnaligned(as: UInt128.self))) }
        } else {
            return nil
        }
    }

    /// Reads the bytes of a `sockaddr_in` or `sockaddr_in6`; nil for other families and for truncated bytes.
    package init?(socketAddress bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= MemoryLayout<sa_family_t>.size else { return nil }
        switch Int32(bytes.loadUnaligned(as: sa_family_t.self)) {
        case AF_INET where bytes.count >= MemoryLayout<sockaddr_in>.size:
            self = .v4(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self)))
        case AF_INET6 where bytes.count >= MemoryLayout<sockaddr_in6>.size:
            self = .v6(UInt128(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt128.self)))
        default:
            return nil
        }
    }

    /// The IPv4 address that this address represents: itself, or the one embedded in an IPv4-mapped address
    /// (`::ffff:0:0/96`, RFC 4291, 2.5.5.2) or behind the well-known NAT64 prefix (`64:ff9b::/96`, RFC 6052, 2.1).
    package var embeddedV4: UInt32? {
        switch self {
        case .v4(let number):
            return number
        case .v6(let number):
            let prefix = number >> 32
            let isEmbedded = prefix == 0xFFFF || prefix == 0x0064_FF9B_0000_0000_0000_0000
            return isEmbedded ? UInt32(truncatingIfNeeded: number) : nil
        }
    }
}

extension IPAddress: CustomStringConvertible {
    /// The usual notation (RFC 5952 for IPv6).
    package var description: String {
        switch self {
        case .v4(let number):
            return [24, 16, 8, 0].map { "\(UInt8(truncatingIfNeeded: number >> $0))" }.joined(separator: ".")
        case .v6(let number):
            var bytes = number.bigEndian
            var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
            guard inet_ntop(AF_INET6, &bytes, &text, socklen_t(text.count)) != nil else { return "an IPv6 address" }
            return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }
}
