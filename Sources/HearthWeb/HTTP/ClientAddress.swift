import HearthRules
import Outbound

/// Determines the client's address. `X-Forwarded-For` is only trusted from proxies that the operator has listed.
struct ClientAddress: Sendable {
    let trustedProxies: [CIDR]

    /// Returns the last address before the trusted proxies.
    ///
    /// Each proxy appends the address that it was called from, so the list is read from its end, as long as the writer of the
    /// element is trusted. Reading stops at a malformed element; the result is then the last trusted proxy read. Nothing that
    /// the client wrote itself is ever reached, because it precedes the client's own address.
    ///
    /// - Parameters:
    ///   - peer: the address of the connection.
    ///   - forwarded: the values of `X-Forwarded-For`, in header order.
    /// - Returns: nil if the peer's address is malformed.
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
    /// Parses an address as proxies write it: `203.0.113.7`, `203.0.113.7:51123`, `2001:db8::7`, `[2001:db8::7]`,
    /// `[2001:db8::7]:443`, each optionally in quotation marks as in RFC 7239 (section 6). IPv6 may have a zone (RFC 4007),
    /// which is dropped. An IPv4 address embedded in an IPv6 one, as a dual-stack socket reports it, becomes the IPv4
    /// address.
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

    /// Removes a zone. Returns nil if it is empty or the address is not IPv6.
    private static func withoutZone(_ host: Substring) -> Substring? {
        guard let sign = host.firstIndex(of: "%") else { return host }
        let address = host[..<sign]
        return address.contains(":") && host.index(after: sign) < host.endIndex ? address : nil
    }
}
