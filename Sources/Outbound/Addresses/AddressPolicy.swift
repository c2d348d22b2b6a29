/// Which addresses an engine may connect to. It is asked with the resolved address, just before the connection is made
/// and again before each request, so a name that changes its meaning in between gains nothing.
package struct AddressPolicy: Sendable {
    /// Public addresses only.
    package static let publicOnly = AddressPolicy(allowing: [])
    /// Every address but metadata services: for an engine whose URLs come from the operator's own settings.
    package static let unrestricted = AddressPolicy(allowed: [], allowsAll: true)

    private let allowed: [CIDR]
    private let allowsAll: Bool

    /// Public addresses, and those in the named networks. Metadata services stay refused.
    package init(allowing networks: [CIDR]) {
        self.init(allowed: networks, allowsAll: false)
    }

    private init(allowed: [CIDR], allowsAll: Bool) {
        self.allowed = allowed
        self.allowsAll = allowsAll
    }

    /// Why the address is refused, in a few words for the partner; `nil` when it is allowed.
    ///
    /// - Parameter plainHTTP: whether the connection is without TLS. Then a public address is refused as well: plain HTTP
    ///   is for named networks.
    package func refusal(of address: IPAddress, plainHTTP: Bool = false) -> String? {
        // A mapped or translated address reaches the host of the embedded IPv4 address, so that one is judged.
        let effective = address.embeddedV4.map(IPAddress.v4) ?? address
        if let words = SpecialNetworks.words(for: effective, in: SpecialNetworks.metadata) {
            return words
        }
        if allowsAll || allowed.contains(where: { $0.contains(effective) || $0.contains(address) }) {
            return nil
        }
        if let words = specialRange(of: effective) {
            return words
        }
        return plainHTTP ? "plain http to a public address" : nil
    }

    private func specialRange(of address: IPAddress) -> String? {
        switch address {
        case .v4:
            SpecialNetworks.words(for: address, in: SpecialNetworks.v4)
        case .v6:
            SpecialNetworks.words(for: address, in: SpecialNetworks.v6)
                ?? (SpecialNetworks.globalUnicast.contains(address) ? nil : "not a global unicast address")
        }
    }
}
