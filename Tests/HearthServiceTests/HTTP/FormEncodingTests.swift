import Foundation
import TestSupport
import Testing

@testable import HearthWeb

@Suite("Form encoding")
struct FormEncodingTests {
    private static let unreserved = CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
    private static let unreservedAndSlash = unreserved.union(CharacterSet(charactersIn: "/"))

    @Test("every text is escaped as Foundation escapes it")
    func sameAsFoundation() {
        var random = SeededRandom(seed: 3986)
        let alphabet: [Unicode.Scalar] = Array("aZ09-._~ %+&=/?#@:\"'\u{0}\u{7F}é\u{301}日😀\r\n".unicodeScalars)
        for _ in 0..<2_000 {
            var text = ""
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                text.unicodeScalars.append(alphabet[Int.random(in: 0..<alphabet.count, using: &random)])
            }
            #expect(FormEncoding.escape(text) == text.addingPercentEncoding(withAllowedCharacters: Self.unreserved))
            #expect(
                FormEncoding.escape(text, keepingSlashes: true)
                    == text.addingPercentEncoding(withAllowedCharacters: Self.unreservedAndSlash))
        }
    }

    @Test("names and values are joined")
    func items() {
        #expect(
            FormEncoding.encode([("scope", "openid a/b"), ("nonce", "x=y&z")]) == "scope=openid%20a%2Fb&nonce=x%3Dy%26z"
        )
    }
}
