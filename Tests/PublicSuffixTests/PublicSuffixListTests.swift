import Testing

@testable import PublicSuffix

@Suite("Public suffixes")
struct PublicSuffixListTests {
    @Test(
        "the organisational domain is one label below the suffix",
        arguments: [
            ("contoso.com", "contoso.com"), ("mail.eu.contoso.com", "contoso.com"), ("contoso.co.uk", "contoso.co.uk"),
            ("a.contoso.co.uk", "contoso.co.uk"), ("co.uk", nil), ("com", nil),
            ("a.b.unlisted-suffix", "b.unlisted-suffix"),
            // A rule with a wildcard, and its exception.
            ("a.b.c.ck", "b.c.ck"), ("c.ck", nil), ("mail.www.ck", "www.ck"),
            // In ASCII form, as addresses have it.
            ("mail.xn--bcher-kva.xn--p1ai", "xn--bcher-kva.xn--p1ai"),
        ] as [(String, String?)])
    func organizationalDomains(domain: String, expected: String?) {
        #expect(PublicSuffixList().organizationalDomain(of: domain) == expected)
    }
}
