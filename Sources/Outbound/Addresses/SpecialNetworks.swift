/// Networks that contain no public service, each with the reason given when an address in it is rejected.
///
/// Sources: the IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890), RFC 9637, and the documentation of
/// the cloud providers for their metadata services.
enum SpecialNetworks {
    typealias Entry = (network: CIDR, words: String)

    /// Metadata services of cloud providers. They give credentials to any client that can reach them, so no setting allows
    /// them.
    static let metadata = entries([
        ("169.254.169.254/32", "metadata service"),  // AWS, Azure, Google, and others
        ("169.254.170.2/32", "metadata service"),  // AWS: credentials of ECS tasks
        ("169.254.170.23/32", "metadata service"),  // AWS: credentials of EKS pods
        ("100.100.100.200/32", "metadata service"),  // Alibaba
        ("168.63.129.16/32", "metadata service"),  // Azure: wire server
        ("192.0.0.192/32", "metadata service"),  // Oracle
        ("fd00:ec2::254/128", "metadata service"),  // AWS
        ("fd00:ec2::23/128", "metadata service"),  // AWS: credentials of EKS pods
        ("fd20:ce::254/128", "metadata service"),  // Google
    ])

    static let v4 = entries([
        ("0.0.0.0/8", "unspecified address"),
        ("10.0.0.0/8", "private network"),
        ("100.64.0.0/10", "shared address space"),
        ("127.0.0.0/8", "loopback address"),
        ("169.254.0.0/16", "link-local address"),
        ("172.16.0.0/12", "private network"),
        ("192.0.0.0/24", "reserved for protocols"),
        ("192.0.2.0/24", "documentation network"),
        ("192.88.99.0/24", "reserved for protocols"),
        ("192.168.0.0/16", "private network"),
        ("198.18.0.0/15", "benchmark network"),
        ("198.51.100.0/24", "documentation network"),
        ("203.0.113.0/24", "documentation network"),
        ("224.0.0.0/4", "multicast address"),
        ("255.255.255.255/32", "broadcast address"),
        ("240.0.0.0/4", "reserved address"),
    ])

    /// The only part of IPv6 that contains public services (RFC 4291, 2.4).
    static let globalUnicast = CIDR(.v6(0x2000 << 112), prefixLength: 3)

    /// Special networks inside `2000::/3`, and more precise reasons for some networks outside it.
    static let v6 = entries([
        ("::/128", "unspecified address"),
        ("::1/128", "loopback address"),
        ("fc00::/7", "private network"),
        ("fe80::/10", "link-local address"),
        ("fec0::/10", "private network"),
        ("ff00::/8", "multicast address"),
        ("2001::/32", "Teredo address"),
        ("2001::/23", "reserved for protocols"),  // with ORCHID and the benchmark network
        ("2001:db8::/32", "documentation network"),
        ("2002::/16", "6to4 address"),
        ("3ffe::/16", "reserved address"),
        ("3fff::/20", "documentation network"),
    ])

    /// Skips networks that cannot be parsed; a test counts the entries.
    private static func entries(_ table: [(String, String)]) -> [Entry] {
        table.compactMap { text, words in CIDR(text).map { ($0, words) } }
    }

    /// Returns the words for the first network in a table that contains the address.
    static func words(for address: IPAddress, in table: [Entry]) -> String? {
        table.first { $0.network.contains(address) }?.words
    }
}

/// Host names that no public service has, whatever they resolve to here.
enum SpecialNames {
    /// Names for the local machine (RFC 6761, section 6.3).
    private static let loopback = ["localhost"]

    /// Suffixes of names that resolve only in private networks or not at all: RFC 6761 (`test`, `invalid`), RFC 6762
    /// (`local`), RFC 8375 (`home.arpa`), RFC 7686 (`onion`), RFC 9476 (`alt`), ICANN's resolution 2024.07.29.06
    /// (`internal`), and `localdomain`, which many hosts files contain.
    private static let unlisted = ["local", "localdomain", "internal", "home.arpa", "test", "invalid", "onion", "alt"]

    /// - Parameter name: in lower case and without a trailing dot, like ``TargetURL/host``.
    static func isLoopback(_ name: String) -> Bool { isWithin(loopback, name) }

    /// Whether the name is outside the public DNS. For names without a dot, see RFC 7085.
    static func isUnlisted(_ name: String) -> Bool { !name.contains(".") || isWithin(unlisted, name) }

    private static func isWithin(_ ends: [String], _ name: String) -> Bool {
        ends.contains { name == $0 || name.hasSuffix("." + $0) }
    }
}
