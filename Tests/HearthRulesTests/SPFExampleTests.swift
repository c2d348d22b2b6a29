import Testing

@testable import HearthRules

/// The examples of RFC 7208: sections 5 and 7.4, and appendix A.
@Suite("SPF by the RFC's examples")
struct SPFExampleTests {
    private func zone(_ record: String) -> MailZone {
        MailZone([
            "example.com": [
                .txt(record), .mx("mail-a.example.com"), .mx("mail-b.example.com"), .a(192, 0, 2, 10),
                .a(192, 0, 2, 11),
            ],
            "amy.example.com": [.a(192, 0, 2, 65)], "bob.example.com": [.a(192, 0, 2, 66)],
            "mail-a.example.com": [.a(192, 0, 2, 129)], "mail-b.example.com": [.a(192, 0, 2, 130)],
            "example.org": [.mx("mail-c.example.org")], "mail-c.example.org": [.a(192, 0, 2, 140)],
        ])
    }

    @Test(
        "appendix A.1: which hosts pass",
        arguments: [
            ("v=spf1 +all", [1, 10, 65, 129, 140]), ("v=spf1 a -all", [10]), ("v=spf1 a:example.org -all", []),
            ("v=spf1 mx -all", [129]), ("v=spf1 mx:example.org -all", [140]),
            ("v=spf1 mx mx:example.org -all", [129, 140]),
            ("v=spf1 mx/30 mx:example.org/30 -all", [129, 140]), ("v=spf1 ip4:192.0.2.128/28 -all", [129, 140]),
            ("v=spf1 -ip4:192.0.2.128/28 +all", [1, 10, 65]), ("v=spf1", []), ("v=spf1 ?all", []),
        ] as [(String, [UInt8])])
    func hosts(record: String, passing: [UInt8]) {
        for host in [1, 10, 65, 129, 140] as [UInt8] {
            let result = zone(record).spf("example.com", sender: [192, 0, 2, host])
            #expect((result == .success(.pass)) == passing.contains(host), "192.0.2.\(host)")
        }
    }

    @Test("a prefix length matches the network: mx/30 has 192.0.2.131, and mx:example.org/30 has 192.0.2.143")
    func networks() {
        let zone = zone("v=spf1 mx/30 mx:example.org/30 -all")
        #expect(zone.spf("example.com", sender: [192, 0, 2, 131]) == .success(.pass))
        #expect(zone.spf("example.com", sender: [192, 0, 2, 132]) == .success(.fail))
        #expect(zone.spf("example.com", sender: [192, 0, 2, 143]) == .success(.pass))
        #expect(zone.spf("example.com", sender: [192, 0, 2, 144]) == .success(.fail))
    }

    @Test("a domain without a record has no result, and a qualifier decides the result")
    func results() {
        #expect(zone("other").spf("example.com", sender: [192, 0, 2, 1]) == .success(.none))
        #expect(zone("v=spf1 -all").spf("com", sender: nil) == .success(.none))
        #expect(zone("v=spf1 ~all").spf("example.com", sender: nil) == .success(.softfail))
        #expect(zone("v=spf1 ?a -all").spf("example.com", sender: [192, 0, 2, 10]) == .success(.neutral))
    }

    /// Appendix A.4: a further requirement is expressed by an include with a minus.
    @Test("appendix A.4: multiple requirements")
    func requirements() {
        var zone = zone("v=spf1 -include:ip4._spf.%{d} -include:a._spf.%{d} +all")
        zone.records["ip4._spf.example.com"] = [.txt("v=spf1 -ip4:192.0.2.0/24 +all")]
        zone.records["a._spf.example.com"] = [.txt("v=spf1 -a:example.com +all")]
        #expect(zone.spf("example.com", sender: [192, 0, 2, 10]) == .success(.pass))
        #expect(zone.spf("example.com", sender: [192, 0, 2, 12]) == .success(.fail))
        #expect(zone.spf("example.com", sender: [198, 51, 100, 1]) == .success(.fail))
    }

    @Test(
        "section 7.4: macros",
        arguments: [
            ("%{o}", "email.example.com"), ("%{d}", "email.example.com"), ("%{d4}", "email.example.com"),
            ("%{d3}", "email.example.com"), ("%{d2}", "example.com"), ("%{d1}", "com"), ("%{dr}", "com.example.email"),
            ("%{d2r}", "example.email"), ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
            ("%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"), ("%{l}.example.net", nil),
            ("%{s}", nil), ("%{h}", nil), ("%{p}.example.net", nil), ("a%%b%-c.example.net", "a%b%20c.example.net"),
        ] as [(String, String?)])
    func macros(text: String, expected: String?) throws {
        let domain = try SPFDomain(text)
        #expect(domain.name(in: "email.example.com", origin: "email.example.com", address: [192, 0, 2, 3]) == expected)
    }

    @Test("section 7.4: an IPv6 address is written as hexadecimal digits")
    func macrosOfIPv6() throws {
        let address: [UInt8] = [0x20, 0x01, 0x0D, 0xB8] + Array(repeating: 0, count: 10) + [0xCB, 0x01]
        let name = try SPFDomain("%{ir}.%{v}._spf.%{d2}").name(
            in: "email.example.com", origin: "email.example.com", address: address)
        #expect(name == "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com")
    }

    @Test("section 7.3: a name that is too long loses labels on its left")
    func longNames() throws {
        let long = String(repeating: "a234567.", count: 40) + "example.com"
        let name = try #require(try SPFDomain("%{d}").name(in: long, origin: long, address: nil))
        #expect(name.utf8.count <= 253 && name.hasSuffix(".example.com"))
    }
}
