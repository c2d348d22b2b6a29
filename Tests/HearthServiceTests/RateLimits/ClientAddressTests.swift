import HearthRules
import Outbound
import TestSupport
import Testing

@testable import HearthCore
@testable import HearthWeb

@Suite("The address of a client")
struct ClientAddressTests {
    private static let believing = ClientAddress(trustedProxies: ["10.0.0.0/8", "fd00::/8"].compactMap { CIDR($0) })

    @Test(
        "each spelling of proxies is understood",
        arguments: [
            ("203.0.113.7", "203.0.113.7"), ("203.0.113.7:51123", "203.0.113.7"), ("203.0.113.7:0", "203.0.113.7"),
            ("\"203.0.113.7:51123\"", "203.0.113.7"), ("  203.0.113.7  ", "203.0.113.7"),
            ("2001:db8::7", "2001:db8::7"), ("[2001:db8::7]", "2001:db8::7"), ("[2001:db8::7]:443", "2001:db8::7"),
            ("\"[2001:db8::7]:443\"", "2001:db8::7"), ("\"[2001:db8::7]\"", "2001:db8::7"),
            ("2001:DB8:0:0::7", "2001:db8::7"), ("fe80::1%eth0", "fe80::1"), ("[fe80::1%25eth0]:443", "fe80::1"),
            ("::ffff:203.0.113.7", "203.0.113.7"), ("[::ffff:203.0.113.7]:443", "203.0.113.7"),
            ("::ffff:cb00:7107", "203.0.113.7"), ("203.0.113.7,", "203.0.113.7"), (", 203.0.113.7 , ,", "203.0.113.7"),
        ])
    func spellings(header: String, address: String) {
        #expect(Self.believing.of(peer: "10.0.0.1", forwarded: [header]) == IPAddress(address))
    }

    @Test(
        "what cannot be read leaves the nearest trusted proxy",
        arguments: [
            "garbage", "unknown", "_hidden", "203.0.113", "203.0.113.7.8", "203.0.113.7:", "203.0.113.7:x",
            "203.0.113.7:65536", "203.0.113.7:-1", "203.0.113.7:123456", "[203.0.113.7]", "[203.0.113.7]:80",
            "[2001:db8::7", "2001:db8::7]", "[2001:db8::7]443", "[2001:db8::7]:", "[2001:db8::7]:+80", "[]", "[]:80",
            "\"", "\"\"", "\"203.0.113.7", "::1::2", "203.0.113.7%eth0", "fe80::1%", "%eth0", "[fe80::1%]", ":80", ":",
            "203.0.113.7 203.0.113.8", "203.0.113.7\u{0}", "२०३.0.113.7", "203.0.113.7:٨٠",
        ])
    func unreadable(header: String) {
        #expect(Self.believing.of(peer: "10.0.0.1", forwarded: [header]) == IPAddress("10.0.0.1"))
        #expect(Self.believing.of(peer: "10.0.0.1", forwarded: [header, "10.0.0.2"]) == IPAddress("10.0.0.2"))
        // A client gains nothing by sending it, because the proxy appends the client's real address.
        #expect(Self.believing.of(peer: "10.0.0.1", forwarded: [header, "203.0.113.9"]) == IPAddress("203.0.113.9"))
    }

    @Test("a dual-stack socket shows the proxy as an IPv6 address; it is trusted all the same")
    func mappedPeer() {
        #expect(
            Self.believing.of(peer: "::ffff:10.0.0.1", forwarded: ["203.0.113.7:51123"]) == IPAddress("203.0.113.7"))
        #expect(
            Self.believing.of(peer: "::ffff:203.0.113.1", forwarded: ["198.51.100.1"]) == IPAddress("203.0.113.1"))
        #expect(Self.believing.of(peer: "fd00::1%eth0", forwarded: ["203.0.113.7"]) == IPAddress("203.0.113.7"))
    }

    @Test("the address is the last before the trusted proxies, and without any it is the peer's")
    func trusted() {
        #expect(Self.believing.of(peer: "10.0.0.1", forwarded: ["203.0.113.9, 10.1.1.1"]) == IPAddress("203.0.113.9"))
        // The address sent by the client itself comes before the one appended by the proxy.
        #expect(Self.believing.of(peer: "10.0.0.1", forwarded: ["1.1.1.1", "203.0.113.9"]) == IPAddress("203.0.113.9"))
        #expect(Self.believing.of(peer: "198.51.100.7", forwarded: ["1.1.1.1"]) == IPAddress("198.51.100.7"))
        #expect(ClientAddress(trustedProxies: []).of(peer: "10.0.0.1", forwarded: ["1.1.1.1"]) == IPAddress("10.0.0.1"))
        #expect(Self.believing.of(peer: nil, forwarded: ["1.1.1.1"]) == nil)
    }

    @Test("several proxies, each with its port, are passed over")
    func chain() {
        let headers = ["1.1.1.1", "203.0.113.7:4711, 10.1.1.1:80", "[fd00::2]:443"]
        #expect(Self.believing.of(peer: "10.0.0.1", forwarded: headers) == IPAddress("203.0.113.7"))
    }

    @Test("one client behind a proxy with ports uses up its own attempts alone")
    func throttling() throws {
        let failures = FailedAttempts()
        for port in 0..<20 {
            try failures.count(Self.believing.of(peer: "10.0.0.1", forwarded: ["203.0.113.7:\(1024 + port)"]))
        }
        #expect(throws: APIError.self) {
            try failures.count(Self.believing.of(peer: "10.0.0.1", forwarded: ["203.0.113.7:9"]))
        }
        try failures.count(Self.believing.of(peer: "10.0.0.1", forwarded: ["203.0.113.8:9"]))
    }

    @Test("whatever is written there, the answer is a trusted proxy or an address that stands there", arguments: 1...20)
    func random(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let pieces = [
            "203.0.113.7", "10.0.0.2", "2001:db8::7", "fd00::2", "::ffff:203.0.113.7", "[", "]", ":", "::", ".", "%",
            "eth0", "\"", ",", " ", "80", "65536", "a", "é", "\u{0}", "\t", "-", "+", "255", "0x7f",
        ]
        for _ in 0..<2_000 {
            let text = (0..<Int.random(in: 0...8, using: &random)).map { _ in
                pieces[Int.random(in: 0..<pieces.count, using: &random)]
            }.joined()
            let headers = Bool.random(using: &random) ? [text] : [text, "10.0.0.3"]
            guard let found = Self.believing.of(peer: "10.0.0.1", forwarded: headers) else {
                Issue.record("no address for \(headers)")
                continue
            }
            if IPAddress("10.0.0.1") == found || IPAddress("10.0.0.3") == found { continue }
            // Every other address is one of the elements.
            let elements = headers.flatMap { $0.split(separator: ",") }.map { $0.trimmingWhitespace() }
            #expect(elements.contains { IPAddress(forwarded: $0) == found }, "\(headers)")
        }
    }

    @Test("an address in any dress is the same address", arguments: 1...20)
    func dresses(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<500 {
            let number = UInt32.random(in: .min ... .max, using: &random)
            let wide = UInt128(UInt64.random(in: 1 ... .max, using: &random)) << 64 | UInt128(random.next())
            let port = UInt16.random(in: .min ... .max, using: &random)
            let v4 = IPAddress.v4(number)
            for text in ["\(v4)", "\(v4):\(port)", "\"\(v4):\(port)\"", "::ffff:\(v4)", "[::ffff:\(v4)]:\(port)"] {
                #expect(IPAddress(forwarded: text) == v4, "\(text)")
            }
            let v6 = IPAddress.v6(wide)
            guard v6.embeddedV4 == nil else { continue }
            for text in [
                "\(v6)", "[\(v6)]", "[\(v6)]:\(port)", "\"[\(v6)]:\(port)\"", "\(v6)%z", "[\(v6)%25z]:\(port)",
            ] {
                #expect(IPAddress(forwarded: text) == v6, "\(text)")
            }
        }
    }
}
