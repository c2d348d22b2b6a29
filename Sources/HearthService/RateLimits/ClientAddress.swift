import HTTPTypes
import HearthRules
import Outbound

/// Where a request comes from. `X-Forwarded-For` is believed only from proxies that the operator has named.
struct ClientAddress: Sendable {
    let trustedProxies: [CIDR]

    /// - Parameter peer: the address of the connection.
    /// - Returns: the last address before the trusted proxies; nil when it cannot be told.
    func of(peer: String?, forwarded: [String]) -> IPAddress? {
        guard var address = peer.flatMap(IPAddress.init) else { return nil }
        // Each proxy appends whom it heard from, so the list is read from its end, for as long as the teller is trusted.
        var rest = forwarded.flatMap { $0.split(separator: ",") }
        while isTrusted(address), let last = rest.popLast() {
            guard let next = IPAddress(last.trimmingWhitespace()) else { break }
            address = next
        }
        return address
    }

    private func isTrusted(_ address: IPAddress) -> Bool {
        trustedProxies.contains { $0.contains(address) }
    }
}
