import Glibc
import Outbound
import Testing

@Suite("The address policy")
struct AddressPolicyTests {
    @Test(
        "an address that is not public is refused",
        arguments: [
            "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1",
            "127.255.255.254",
            "169.254.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1",
            "192.168.0.1", "192.168.255.255", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.7",
            "224.0.0.1",
            "239.255.255.255", "240.0.0.1", "255.255.255.255", "100.100.100.200", "168.63.129.16",
            "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.1.2.3", "::ffff:169.254.169.254",
            "64:ff9b::10.0.0.1",
            "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "fc00::1", "fd12:3456::1", "fd00:ec2::254", "fe80::1",
            "febf::1",
            "fec0::1", "ff02::1", "2001::1", "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::",
            "2002:808:808::", "3ffe::1", "3fff::1", "4000::1", "5f00::1",
        ]
    )
    func refuses(text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(AddressPolicy.publicOnly.refusal(of: address) != nil)
    }

    @Test(
        "a public address is allowed, but only with TLS",
        arguments: [
            "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
            "128.0.0.1",
            "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255", "198.20.0.0", "223.255.255.255", "20.190.159.0", "::ffff:8.8.8.8", "64:ff9b::808:808",
            "2606:4700:4700::1111", "2001:4860:4860::8888", "2001:200::1", "2003::1", "2603:1000::1", "3ffd::1",
        ]
    )
    func allows(text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(AddressPolicy.publicOnly.refusal(of: address) == nil)
        #expect(AddressPolicy.publicOnly.refusal(of: address, plainHTTP: true) == "plain http to a public address")
        #expect(AddressPolicy.unrestricted.refusal(of: address, plainHTTP: true) == nil)
    }

    @Test("private networks must be allowed, and only allowed ones may use plain http")
    func named() throws {
        let networks = ["10.1.0.0/16", "fd00:1::/32", "127.0.0.1", "169.254.0.0/16"].compactMap { CIDR($0) }
        #expect(networks.count == 4)
        let policy = AddressPolicy(allowing: networks)
        for text in ["10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::a01:203", "fd00:1::5", "127.0.0.1", "169.254.1.1"] {
            #expect(policy.refusal(of: try #require(IPAddress(text)), plainHTTP: true) == nil, "\(text)")
        }
        for text in ["10.2.0.1", "fd00:2::5", "127.0.0.2", "::1"] {
            #expect(policy.refusal(of: try #require(IPAddress(text))) != nil, "\(text)")
        }
        #expect(policy.refusal(of: try #require(IPAddress("8.8.8.8"))) == nil)
        #expect(policy.refusal(of: try #require(IPAddress("8.8.8.8")), plainHTTP: true) != nil)
    }

    @Test(
        "metadata services are refused whatever is allowed",
        arguments: [
            "169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254",
            "fd20:ce::254",
            "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe",
        ]
    )
    func metadata(text: String) throws {
        let address = try #require(IPAddress(text))
        let everything = ["0.0.0.0/0", "::/0"].compactMap { CIDR($0) }
        #expect(AddressPolicy(allowing: everything).refusal(of: address) == "metadata service")
        #expect(AddressPolicy.unrestricted.refusal(of: address) == "metadata service")
    }

    @Test(
        "a host name that no public service can have is refused",
        arguments: [
            "localhost", "LOCALHOST", "hooks.localhost", "a.b.localhost", "hooks.local", "local", "router.home.arpa",
            "hooks.internal", "hooks.test", "hooks.invalid", "abc.onion", "hooks.alt", "localhost.localdomain",
            "intranet",
            "%6cocalhost", "127.1", "0x7f.1", "0177.1", "2130706433", "[::1]", "[::ffff:7f00:1]", "10.1.2.3",
            "[fd00::1]",
        ])
    func refusesHosts(host: String) throws {
        #expect(AddressPolicy.publicOnly.refusal(of: try TargetURL("https://\(host)/")) != nil)
        #expect(AddressPolicy.unrestricted.refusal(of: try TargetURL("https://\(host)/")) == nil)
    }

    @Test(
        "a name that a public host can have is judged by its addresses",
        arguments: [
            "example.com", "localhost.example.com", "notlocalhost.com", "mylocal.dev", "arpa.example",
            "internal.example",
            "xlocal.example", "8.8.8.8",
        ])
    func allowsHosts(host: String) throws {
        #expect(AddressPolicy.publicOnly.refusal(of: try TargetURL("https://\(host)/")) == nil)
    }

    @Test("a loopback name needs an allowed loopback address, a private name any allowed network")
    func openedNames() throws {
        func refusal(_ host: String, _ networks: String...) throws -> String? {
            AddressPolicy(allowing: networks.compactMap { CIDR($0) }).refusal(of: try TargetURL("https://\(host)/"))
        }
        #expect(try refusal("localhost", "127.0.0.1") == nil)
        #expect(try refusal("a.localhost", "::1/128") == nil)
        #expect(try refusal("localhost", "10.0.0.0/8") == "a name for the local machine")
        #expect(try refusal("hooks.internal", "10.0.0.0/8") == nil)
        #expect(try refusal("hooks", "10.0.0.0/8") == nil)
        #expect(try refusal("hooks.internal") == "a name outside the public DNS")
    }

    @Test(
        "networks are parsed, masked and formatted",
        arguments: [
            ("10.1.2.3/8", "10.0.0.0/8"), ("0.0.0.0/0", "0.0.0.0/0"), ("1.2.3.4", "1.2.3.4/32"),
            ("1.2.3.5/31", "1.2.3.4/31"),
            ("::/0", "::/0"), ("FD00:1::5/32", "fd00:1::/32"), ("::1", "::1/128"),
        ])
    func networks(text: String, expected: String) {
        #expect(CIDR(text)?.description == expected)
    }

    @Test(
        "an invalid network is refused",
        arguments: [
            "", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8", "10.0.0/8", "::/129",
            "[::1]", "fe80::1%lo",
            "example.com", "10.0.0.0/ 8", "10.0.0.0/0008", "1.2.3.4\0",
        ])
    func notNetworks(text: String) {
        #expect(CIDR(text) == nil)
    }

    @Test("socket addresses are parsed; other families and short ones are not")
    func socketAddresses() throws {
        var v4 = sockaddr_in()
        v4.sin_family = sa_family_t(AF_INET)
        v4.sin_addr.s_addr = UInt32(0x0102_0304).bigEndian
        #expect(withUnsafeBytes(of: &v4) { IPAddress(socketAddress: $0) } == IPAddress("1.2.3.4"))
        #expect(
            withUnsafeBytes(of: &v4) { IPAddress(socketAddress: UnsafeRawBufferPointer(rebasing: $0.prefix(6))) } == nil
        )
        var v6 = sockaddr_in6()
        v6.sin6_family = sa_family_t(AF_INET6)
        v6.sin6_addr = in6addr_loopback
        #expect(withUnsafeBytes(of: &v6) { IPAddress(socketAddress: $0) } == IPAddress("::1"))
        v6.sin6_family = sa_family_t(AF_UNIX)
        #expect(withUnsafeBytes(of: &v6) { IPAddress(socketAddress: $0) } == nil)
        #expect(IPAddress(socketAddress: UnsafeRawBufferPointer(start: nil, count: 0)) == nil)
    }
}
