/// An SPF record with valid syntax (RFC 7208, section 4.6 and 12).
struct SPFRecord: Sendable, Equatable {
    enum Qualifier: Character, Sendable {
        case pass = "+"
        case fail = "-"
        case softfail = "~"
        case neutral = "?"
    }

    enum Mechanism: Sendable, Equatable {
        case all
        case include(SPFDomain)
        /// If the domain is nil, it is the one being checked.
        case a(SPFDomain?, SPFPrefixes)
        case mx(SPFDomain?, SPFPrefixes)
        case ptr(SPFDomain?)
        case network(SPFNetwork)
        case exists(SPFDomain)

        var isAll: Bool { self == .all }
    }

    struct Directive: Sendable, Equatable {
        let qualifier: Qualifier
        let mechanism: Mechanism
    }

    /// In record order.
    let directives: [Directive]
    let redirect: SPFDomain?

    /// Whether a text is an SPF record: the version, followed by a space or the end (section 4.5).
    static func isOne(_ text: String) -> Bool {
        let text = text.lowercased()
        return text == "v=spf1" || text.hasPrefix("v=spf1 ")
    }
}

/// The number of leading address bits to compare, per address family (RFC 7208, section 5.3).
struct SPFPrefixes: Sendable, Equatable {
    var v4 = 32
    var v6 = 128

    /// Whether two addresses, as bytes, have the same leading bits.
    func match(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        one.count == other.count
            && SPFNetwork(bytes: other, prefixLength: other.count == 4 ? v4 : v6).contains(one)
    }
}

/// The network of an `ip4` or `ip6` mechanism.
struct SPFNetwork: Sendable, Equatable {
    /// Four or sixteen bytes.
    let bytes: [UInt8]
    let prefixLength: Int

    func contains(_ address: [UInt8]) -> Bool {
        guard address.count == bytes.count else { return false }
        let whole = prefixLength / 8
        guard address.prefix(whole).elementsEqual(bytes.prefix(whole)) else { return false }
        let rest = prefixLength % 8
        return rest == 0 || (address[whole] ^ bytes[whole]) >> UInt8(8 - rest) == 0
    }
}
