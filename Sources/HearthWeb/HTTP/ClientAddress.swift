import HearthRules
import Outbound

/// Where a request comes from. `X-Forwarded-For` is believed only from proxies that the operator has named.
struct ClientAddress: Sendable {
    let trustedProxies: [CIDR]

    /// The last address before the trusted proxies.
    ///
    /// Each proxy appends the address that it was called from, so the list is read from its end, for as long as the
    /// writer is trusted. An element that cannot be read ends the reading: the result is then the nearest trusted proxy
    /// that could be read. Nothing that a client writes itself is ever reached, because it stands before the client's own
    /// address.
    ///
    /// - Parameters:
    ///   - peer: the address of the connection.
    ///   - forwarded: the values of `X-Forwarded-For`, in the order of the headers.
    /// - Returns: nil when the peer's address cannot be read.
    func of(peer: String?, forwarded: [String]) -> IPAddress? {
        guard var address = peer.flatMap({ IPAddress(forwarded: $0) }) else { return nil }
        guard !forwarded.isEmpty, isTrusted(address) else { return address }
        // Empty elements of a list are ignored (RFC 9110, 5.6.1.2).
        var elements = forwarded.flatMap { $0.split(separator: ",") }.map { $0.trimmingWhitespace() }
            .filter { !$0.isEmpty }
        while isTrusted(address), let last = elements.popLast() {
            guard let next = IPAddress(forwarded: last) else { break }
            address = next
        }
        return address
    }

    private func isTrusted(_ address: IPAddress) -> Bool {
        trustedProxies.contains { $0.contains(address) }
    }
}

extension IPAddress {
    /// Reads an address as proxies write it: `203.0.113.7`, `203.0.113.7:51123`, `2001:db8::7`, `[2001:db8::7]`,
    /// `[2001:db8::7]:443`, any of them in quotation marks as RFC 7239 (section 6) has it, IPv6 also with a zone (RFC
    /// 4007), which is dropped. An IPv4 address within an IPv6 one is the IPv4 address: a dual-stack socket shows it so.
    init?(forwarded text: some StringProtocol) {
        var rest = Substring(text)
        if rest.count >= 2, rest.first == "\"", rest.last == "\"" { rest = rest.dropFirst().dropLast() }
        let host: Substring
        if rest.first == "[" {
            guard let end = rest.firstIndex(of: "]"), Self.isNothingOrPort(rest[rest.index(after: end)...]) else {
                return nil
            }
            host = rest[rest.index(after: rest.startIndex)..<end]
            guard host.contains(":") else { return nil }
        } else if let colon = rest.firstIndex(of: ":"), !rest[rest.index(after: colon)...].contains(":") {
            guard Self.isNothingOrPort(rest[colon...]) else { return nil }
            host = rest[..<colon]
        } else {
            host = rest
        }
        guard let withoutZone = Self.withoutZone(host), let address = IPAddress(String(withoutZone)) else { return nil }
        self = address.embeddedV4.map(IPAddress.v4) ?? address
    }

    private static func isNothingOrPort(_ text: Substring) -> Bool {
        guard !text.isEmpty else { return true }
        let digits = text.dropFirst()
        return text.first == ":" && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
            && digits.utf8.count <= 5 && UInt16(digits) != nil
    }

    /// Nil for a zone that is empty, or that belongs to no IPv6 address.
    private static func withoutZone(_ host: Substring) -> Substring? {
        guard let sign = host.firstIndex(of: "%") else { return host }
        let address = host[..<sign]
        return address.contains(":") && host.index(after: sign) < host.endIndex ? address : nil
    }
}
