import Outbound
import Testing

@Suite("Target URLs")
struct TargetURLTests {
    @Test(
        "a URL is parsed and normalised",
        arguments: [
            ("https://example.com", "https://example.com/", "example.com", 443),
            ("HTTPS://Example.COM:8443/A/../b?c=%20d", "https://example.com:8443/b?c=%20d", "example.com", 8443),
            ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/", "xn--bcher-kva.example", 443),
            (
                "https://example.com/a%2Fb?c=a%2Bb&d=+&e=%2f", "https://example.com/a%2Fb?c=a%2Bb&d=+&e=%2f",
                "example.com", 443
            ),
            ("https://127.1/x", "https://127.0.0.1/x", "127.0.0.1", 443),
            ("https://2130706433/", "https://127.0.0.1/", "127.0.0.1", 443),
            ("https://0x7f.1/", "https://127.0.0.1/", "127.0.0.1", 443),
            ("https://[::1]:9/", "https://[::1]:9/", "::1", 9),
            ("https://[::FFFF:127.0.0.1]/", "https://[::ffff:127.0.0.1]/", "::ffff:127.0.0.1", 443),
            ("https://a_b.example/", "https://a_b.example/", "a_b.example", 443),
        ]
    )
    func reads(text: String, normalised: String, host: String, port: Int) throws {
        let url = try TargetURL(text)
        #expect(url.text == normalised)
        #expect(url.host == host)
        #expect(url.port == port)
        #expect(url.scheme == .https)
        #expect(url.isIPLiteral == (IPAddress(host) != nil))
        #expect(try TargetURL(url.text) == url, "parsing again changes nothing")
    }

    @Test(
        "an ambiguous URL is refused with the reason",
        arguments: [
            ("", .empty), ("https://", .invalidHost), ("https:///path", .invalidHost), ("https:/path", .invalidHost),
            ("example.com", .unsupportedScheme),
            ("http://example.com/", .unsupportedScheme), ("ftp://example.com/", .unsupportedScheme),
            ("file:///etc/passwd", .unsupportedScheme), ("gopher://example.com/", .unsupportedScheme),
            ("javascript:alert(1)", .unsupportedScheme), ("https://user@example.com/", .userInformation),
            ("https://user:pass@example.com/", .userInformation), ("https://@example.com/", .userInformation),
            ("https://:@example.com/", .userInformation), ("https://a@b@example.com/", .userInformation),
            ("https://example.com/#x", .fragment), ("https://example.com/#", .fragment),
            ("https://example.com:0/", .invalidPort), ("https://example.com:65536/", .invalidPort),
            ("https://example.com:x/", .invalidPort), ("https://example.com:-1/", .invalidPort),
            ("https://exa mple.com/", .forbiddenCharacter), ("https://example.com/\n", .forbiddenCharacter),
            ("https://example.com/\0", .forbiddenCharacter),
            ("https://example.com\\@evil.example/", .forbiddenCharacter),
            ("https://bücher.example/", .forbiddenCharacter), ("https://example。com/", .forbiddenCharacter),
            ("https://example.com./", .invalidHost), ("https://.example.com/", .invalidHost),
            ("https://a..b/", .invalidHost), ("https://1.2.3.4.5/", .invalidHost), ("https://256.1.1.1/", .invalidHost),
            ("https://a.0x1/", .invalidHost), ("https://[fe80::1%25lo]/", .invalidHost),
            ("https://[::1/", .invalidHost),
            ("https://[v1.x]/", .invalidHost), ("https://ex%00ample.com/", .invalidHost),
            ("https://a%2fb.com/", .invalidHost),
            ("https://a*b.com/", .invalidHost), ("https://a,b.com/", .invalidHost),
        ] as [(String, TargetURLError)]
    )
    func refuses(text: String, reason: TargetURLError) {
        do throws(TargetURLError) {
            let url = try TargetURL(text)
            Issue.record("accepted as \(url.text)")
        } catch {
            #expect(error == reason)
        }
    }

    @Test("plain http must be allowed")
    func plainHTTP() throws {
        let url = try TargetURL("http://example.com:8080/x", allowsPlainHTTP: true)
        #expect(url.scheme == .http)
        #expect(url.port == 8080)
        #expect(url.origin == "http://example.com:8080")
        #expect(try TargetURL("http://example.com/", allowsPlainHTTP: true).port == 80)
    }

    @Test("the length is bounded")
    func length() throws {
        let start = "https://example.com/"
        _ = try TargetURL(start + String(repeating: "a", count: 2048 - start.utf8.count))
        #expect(throws: TargetURLError.tooLong) {
            try TargetURL(start + String(repeating: "a", count: 2049 - start.utf8.count))
        }
    }
}
