/// A network: an address and the number of leading bits that its members share (RFC 4632, RFC 4291).
package struct CIDR: Sendable, Hashable {
    /// The first address of the network.
    package let address: IPAddress
    /// The number of significant leading bits: 0 to 32 or 0 to 128.
    package let prefixLength: Int

    /// Parses `10.0.0.0/8`, `fd00::/8`, or a single address. Bits after the prefix are cleared.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = IPAddress(String(first)) else { return nil }
        guard parts.count == 2 else {
            self.init(address, prefixLength: address.bitWidth)
            return
        }
        let digits = parts[1]
        guard (1...3).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let length = Int(digits), length <= address.bitWidth
        else { return nil }
        self.init(address, prefixLength: length)
    }

    init(_ address: IPAddress, prefixLength: Int) {
        self.address = address.masked(to: prefixLength)
        self.prefixLength = prefixLength
    }

    /// Whether the address is in the network. An IPv4 address is never in an IPv6 network, and vice versa.
    package func contains(_ other: IPAddress) -> Bool {
        other.bitWidth == address.bitWidth && other.masked(to: prefixLength) == address
    }

    /// Whether all its addresses are IPv4 addresses in IPv6 notation (``IPAddress/embeddedV4``).
    package var isEmbeddedV4: Bool {
        if case .v6 = address { return prefixLength >= 96 && address.embeddedV4 != nil }
        return false
    }

    /// The loopback networks of both families, for development.
    package static let loopback = [
        CIDR(.v4(0x7F00_0000), prefixLength: 8),
        CIDR(.v6(1), prefixLength: 128),
    ]
}

extension CIDR: CustomStringConvertible {
    package var description: String { "\(address)/\(prefixLength)" }
}

extension IPAddress {
    fileprivate var bitWidth: Int {
        switch self {
        case .v4: 32
        case .v6: 128
        }
    }

    fileprivate func masked(to prefixLength: Int) -> IPAddress {
        // A shift by the whole width yields zero, because Swift's smart shifts do not wrap.
        switch self {
        case .v4(let number): .v4(number & (UInt32.max << (32 - prefixLength)))
        case .v6(let number): .v6(number & (UInt128.max << (128 - prefixLength)))
        }
    }
}
