import Testing

@testable import HearthOnboarding

@Suite("Return URLs")
struct ReturnURLTests {
    private static let allowed = ["https://app.partner.example/back", "https://other.partner.example:8443"]

    @Test(
        "the partner's query stays as it is, and ours is appended",
        arguments: [
            ("https://a.example/b", "https://a.example/b?consent_id=1&outcome=completed&campaign_id=2"),
            ("https://a.example/b?", "https://a.example/b?consent_id=1&outcome=completed&campaign_id=2"),
            (
                "https://a.example/b?ref=a%2Bb&c=+&d=%2f&e=%zz",
                "https://a.example/b?ref=a%2Bb&c=+&d=%2f&e=%zz&consent_id=1&outcome=completed&campaign_id=2"
            ),
            ("https://a.example/b?x&", "https://a.example/b?x&consent_id=1&outcome=completed&campaign_id=2"),
        ])
    func appends(text: String, expected: String) {
        #expect(ReturnURL.text(text, consentID: 1, outcome: "completed", campaignID: 2) == expected)
    }

    @Test("without a campaign its id is not named")
    func withoutCampaign() {
        #expect(
            ReturnURL.text("https://a.example", consentID: 1, outcome: "declined", campaignID: nil)
                == "https://a.example?consent_id=1&outcome=declined")
    }

    @Test(
        "what lies within an allowed prefix may be used",
        arguments: [
            "https://app.partner.example/back", "https://app.partner.example/back/",
            "https://APP.partner.example/back/x?a=b|{}",
            "https://other.partner.example:8443", "https://other.partner.example:8443/any",
        ])
    func allowed(text: String) {
        #expect(ReturnURL.problem(with: text, allowed: Self.allowed) == nil)
    }

    @Test(
        "what could lead elsewhere may not",
        arguments: [
            "https://app.partner.example/backs", "https://app.partner.example", "http://app.partner.example/back",
            "https://app.partner.example:444/back", "https://user@app.partner.example/back",
            "https://app.partner.example/back/../x",
            "https://app.partner.example/back/%2e%2e/x", "https://app.partner.example\\@evil.example/back",
            "https://app.partner.example/back#x", "https://app.partner.example/back#",
            "https://app.partner.example/back?a=\u{FC}",
            "https://app.partner.example/back?a=b c", "https://app.partner.example/back\t", "", "back",
            "javascript:alert(1)",
        ])
    func refused(text: String) {
        #expect(ReturnURL.problem(with: text, allowed: Self.allowed) != nil)
    }

    @Test("a prefix is an absolute URL without query and fragment, and by https outside development")
    func prefixes() {
        #expect(ReturnURL.problem(withPrefix: "https://app.partner.example/back", allowsPlainHTTP: false) == nil)
        #expect(ReturnURL.problem(withPrefix: "http://127.0.0.1:3000", allowsPlainHTTP: true) == nil)
        for text in [
            "http://127.0.0.1:3000", "https://a.example/?x", "https://a.example/#x", "a.example", "https://u@a.example",
            "",
        ] {
            #expect(ReturnURL.problem(withPrefix: text, allowsPlainHTTP: false) != nil, "\(text)")
        }
    }
}
