/// Which addresses an engine may connect to. It is asked for the URL before a name is looked up, and with the resolved
/// address just before the connection is made and again before each request, so a name that changes its meaning in between
/// gains nothing.
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

    /// Why a URL is refused for its host alone, before anything is looked up; `nil` when what it resolves to decides. Who
    /// registers a URL asks this, and the engine asks it again for each request.
    package func refusal(of url: TargetURL) -> String? {
        if let address = url.address { return refusal(of: address, plainHTTP: url.scheme == .http) }
        return refusal(ofNameIn: url)
    }

    /// Names that are loopback by definition follow the loopback addresses. Names that the public DNS does not have need
    /// a named network that they could resolve to. An address is no name.
    func refusal(ofNameIn url: TargetURL) -> String? {
        if allowsAll || url.isIPLiteral { return nil }
        let name = url.host
        if SpecialNames.isLoopback(name) {
            let addresses: [IPAddress] = [.v4(0x7F00_0001), .v6(1)]
            return addresses.contains { refusal(of: $0) == nil } ? nil : "a name of the machine itself"
        }
        return SpecialNames.isUnlisted(name) && allowed.isEmpty ? "a name that the public DNS does not have" : nil
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
