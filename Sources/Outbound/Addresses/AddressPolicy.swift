/// The addresses that an engine may connect to. The policy is applied to the URL before the name is looked up, and to the
/// resolved address just before the connection is made and again before each request. A name that resolves differently in
/// between therefore gains nothing.
package struct AddressPolicy: Sendable {
    /// Public addresses only.
    package static let publicOnly = AddressPolicy(allowing: [])
    /// Every address except metadata services, for an engine whose URLs come from the operator's own settings.
    package static let unrestricted = AddressPolicy(allowed: [], allowsAll: true)

    private let allowed: [CIDR]
    private let allowsAll: Bool

    /// Allows public addresses and those in the given networks. Metadata services stay forbidden.
    package init(allowing networks: [CIDR]) {
        self.init(allowed: networks, allowsAll: false)
    }

    private init(allowed: [CIDR], allowsAll: Bool) {
        self.allowed = allowed
        self.allowsAll = allowsAll
    }

    /// Returns why the address is not allowed, in a few words for the partner; nil if it is.
    ///
    /// - Parameter plainHTTP: whether the connection is without TLS. A public address is then rejected too: plain HTTP is
    ///   only allowed to named networks.
    package func refusal(of address: IPAddress, plainHTTP: Bool = false) -> String? {
        // A mapped or translated address reaches the host with the embedded IPv4 address, so check that one.
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

    /// Returns why a URL is not allowed because of its host alone, before any lookup; nil if that depends on the addresses it
    /// resolves to. Checked when a URL is registered, and again by the engine for each request.
    package func refusal(of url: TargetURL) -> String? {
        if let address = url.address { return refusal(of: address, plainHTTP: url.scheme == .http) }
        return refusal(ofNameIn: url)
    }

    /// Names that are loopback by definition are allowed if the loopback addresses are. Names outside the public DNS require
    /// at least one named network that they could resolve to. An address is not a name.
    func refusal(ofNameIn url: TargetURL) -> String? {
        if allowsAll || url.isIPLiteral { return nil }
        let name = url.host
        if SpecialNames.isLoopback(name) {
            let addresses: [IPAddress] = [.v4(0x7F00_0001), .v6(1)]
            return addresses.contains { refusal(of: $0) == nil } ? nil : "a name for the local machine"
        }
        return SpecialNames.isUnlisted(name) && allowed.isEmpty ? "a name outside the public DNS" : nil
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
