/// The host part of a URL, checked and in lower case.
struct TargetHost {
    /// A name or an address, without brackets.
    let name: String
    let address: IPAddress?

    /// The host as written in a URL.
    var asURLPart: String {
        if case .v6 = address { "[\(name)]" } else { name }
    }

    /// - Parameter part: the host as libcurl's parser returns it, with an IPv6 address in brackets.
    init(_ part: String?, zone: String?) throws(TargetURLError) {
        guard let part, !part.isEmpty, zone == nil else { throw .invalidHost }
        if part.hasPrefix("["), part.hasSuffix("]") {
            guard case .v6(let number) = IPAddress(String(part.dropFirst().dropLast())) else { throw .invalidHost }
            address = .v6(number)
            name = IPAddress.v6(number).description
        } else {
            name = part.lowercased()
            address = IPAddress(name)
            if address == nil { try Self.checkName(name) }
        }
    }

    /// Checks that a name has only letters, digits, hyphens and underscores, cannot be mistaken for an address (a numeric
    /// last label) and has no trailing dot, which would be a second spelling of the same host.
    private static func checkName(_ name: String) throws(TargetURLError) {
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        guard name.utf8.count <= 253, labels.allSatisfy({ (1...63).contains($0.utf8.count) }), let last = labels.last
        else {
            throw .invalidHost
        }
        let isPlain = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"): true
            default: false
            }
        }
        let looksNumeric = last.hasPrefix("0x") || last.utf8.allSatisfy { (0x30...0x39).contains($0) }
        guard isPlain, !looksNumeric else { throw .invalidHost }
    }
}
