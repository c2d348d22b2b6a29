import Crypto
import Foundation
import HearthRules
import StrictJSON
import Testing

@testable import HearthConsole
@testable import HearthMicrosoft
@testable import SignedTokens

/// Tokens whose signature is right and whose content is not, one fault at a time.
@Suite("Signed tokens")
struct SignedTokenTests {
    private let forge: TokenForge
    private let readers: TokenReaders

    init() throws {
        forge = try TokenForge()
        readers = TokenReaders(keys: try #require(try TokenForge.keys(try forge.published())))
    }

    @Test("an honest token of either source is read")
    func honest() throws {
        let openID = try readers.openID(try forge.token(claims: TokenReaders.openIDClaims))
        #expect(openID.subject == "s-1")
        #expect(openID.address?.email == "ada@corp.example" && openID.address?.isVerified == true)
        let microsoft = try readers.microsoft(try forge.token(claims: TokenReaders.microsoftClaims))
        #expect(microsoft.tid.uuidString.lowercased() == TokenReaders.tid)
        #expect(!microsoft.isGuest)
    }

    @Test(
        "a header that cannot be trusted is refused",
        arguments: [
            (#"{"alg":"none","kid":"k1"}"#, TokenProblem.algorithm), (#"{"alg":"HS256","kid":"k1"}"#, .algorithm),
            (#"{"alg":"PS256","kid":"k1"}"#, .algorithm), (#"{"alg":"rs256","kid":"k1"}"#, .algorithm),
            (#"{"kid":"k1"}"#, .algorithm), (#"{"alg":["RS256"],"kid":"k1"}"#, .algorithm),
            (#"{"alg":"RS256"}"#, .keyID), (#"{"alg":"RS256","kid":""}"#, .keyID),
            (#"{"alg":"RS256","kid":1}"#, .keyID),
            (#"{"alg":"RS256","kid":"k2"}"#, .unknownKey),
            (#"{"alg":"RS256","kid":"k1","crit":["exp"]}"#, .criticalExtension),
            (#"{"alg":"RS256","kid":"k1","crit":[]}"#, .criticalExtension),
            (#"{"alg":"RS256","kid":"k1","crit":null}"#, .criticalExtension),
            (#"{"alg":"RS256","alg":"RS256","kid":"k1"}"#, .header),
            (#"{"alg":"RS256","kid":"k2","kid":"k1"}"#, .header),
            (#"["RS256"]"#, .header), ("", .header), ("{", .header), (#"{"alg":"RS256","kid":"k1"}x"#, .header),
            ("{\"alg\":\"RS256\",\"kid\":\"k1\\u0000\"}", .header),
        ])
    func headers(_ header: String, _ problem: TokenProblem) throws {
        let token = try forge.token(header: header, claims: TokenReaders.openIDClaims)
        #expect(throws: problem) { try readers.openID(token) }
    }

    @Test(
        "claims that do not hold are refused, by name",
        arguments: [
            (#""aud":"console""#, #""aud":[]"#, "aud"), (#""aud":"console""#, #""aud":["console",1]"#, "aud"),
            (#""aud":"console""#, #""aud":{}"#, "aud"), (#""aud":"console""#, #""aud":null"#, "aud"),
            (#""aud":"console""#, #""aud":"other""#, "aud"), (#""aud":"console""#, #""x":1"#, "aud"),
            (#""aud":"console""#, #""aud":["console","other"]"#, "azp"),
            (#""aud":"console""#, #""aud":"console","azp":"other""#, "azp"),
            (#""exp":1800000600"#, #""exp":-1e300"#, "exp"), (#""exp":1800000600"#, #""exp":1e300"#, "exp"),
            (#""exp":1800000600"#, #""exp":9223372036854775807"#, "exp"),
            (#""exp":1800000600"#, #""exp":"1800000600""#, "exp"), (#""exp":1800000600"#, #""exp":1799999699"#, "exp"),
            (#""exp":1800000600"#, #""x":1"#, "exp"),
            (#""exp":1800000600"#, #""exp":1800000600,"nbf":1800000301"#, "nbf"),
            (#""exp":1800000600"#, #""exp":1800000600,"nbf":true"#, "nbf"),
            (#""sub":"s-1""#, #""sub":"""#, "sub"), (#""sub":"s-1""#, #""sub":7"#, "sub"),
            (#""sub":"s-1""#, #""x":1"#, "sub"),
            (#""iss":"https://id.example""#, #""iss":"https://id.example/""#, "iss"),
            (#""nonce":"n-1""#, #""nonce":"n-2""#, "nonce"), (#""nonce":"n-1""#, #""x":1"#, "nonce"),
            (#""email":"ada@corp.example""#, #""email":["ada@corp.example"]"#, "email"),
        ])
    func claims(_ right: String, _ wrong: String, _ name: String) throws {
        let token = try forge.token(claims: TokenReaders.openIDClaims.replacing(right, with: wrong))
        #expect(throws: TokenProblem.claim(name)) { try readers.openID(token) }
    }

    @Test(
        "claims that are not one strict JSON object are refused",
        arguments: [
            #"{"aud":"console","aud":"console"}"#, #"{"exp":1e400}"#, #"{"exp":18446744073709551616}"#, "[]", "",
            "null",
            #"{"a":1} x"#, "{\"sub\":\"a\\u0000\"}", #"{"a":"# + String(repeating: "[", count: 100_000),
            #"{"a":"# + String(repeating: "[", count: 40) + String(repeating: "]", count: 40) + "}",
        ])
    func malformed(_ claims: String) throws {
        let token = try forge.token(claims: claims)
        let problem: TokenProblem = token.utf8.count > SignedToken.longest ? .notCompact : .claims
        #expect(throws: problem) { try readers.openID(token) }
        #expect(throws: problem) { try readers.microsoft(token) }
    }

    @Test("what is not a JWS in compact form, or is changed after signing, is refused")
    func forms() throws {
        let token = try forge.token(claims: TokenReaders.openIDClaims)
        let parts = token.split(separator: ".").map(String.init)
        for text in [
            "", ".", "..", "...", token + ".", "." + token, token + "=", parts[0] + "." + parts[1],
            parts[0] + "." + parts[1] + ".", parts[0] + "=." + parts[1] + "." + parts[2], token + "\n", "é" + token,
            parts[0] + "." + parts[1] + "." + String(repeating: "A", count: 1_368),
            String(repeating: "A", count: SignedToken.longest + 1),
        ] {
            #expect(throws: TokenProblem.notCompact, "\(text.prefix(80))") { try readers.openID(text) }
        }
        let other = Base64URL.encode(Array(TokenReaders.openIDClaims.replacing("s-1", with: "s-2").utf8))
        for signature in [parts[2], "AA", String(repeating: "A", count: 342), String(repeating: "A", count: 683)] {
            #expect(throws: TokenProblem.signature) { try readers.openID("\(parts[0]).\(other).\(signature)") }
        }
    }

    @Test(
        "a token of Microsoft's that does not hold is refused, by name",
        arguments: [
            (#""aud":"console""#, #""aud":[]"#, "aud"), (#""aud":"console""#, #""aud":["console","x"]"#, "aud"),
            (#""ver":"2.0""#, #""ver":"1.0""#, "ver"), (#""ver":"2.0""#, #""ver":2.0"#, "ver"),
            (#""oid":""#, #""oid":"x"#, "oid"), (#""tid":""#, #""tid":"x"#, "tid"), (#""oid":"#, #""tud":"#, "oid"),
            ("/v2.0\"", "/v2.1\"", "iss"), (#""acct":0"#, #""acct":"0""#, "acct"),
            (#""acct":0"#, #""acct":1e300"#, "acct"),
            (#""nbf":1799999999.5"#, #""nbf":1e308"#, "nbf"),
        ])
    func microsoft(_ right: String, _ wrong: String, _ name: String) throws {
        let token = try forge.token(claims: TokenReaders.microsoftClaims.replacing(right, with: wrong))
        #expect(throws: TokenProblem.claim(name)) { try readers.microsoft(token) }
    }

    @Test("an address counts as verified when the provider says so in one of the ways in use, and only then")
    func verifiedAddresses() throws {
        func address(_ verified: String) throws -> OpenIDAddress? {
            let claims = TokenReaders.openIDClaims.replacing(#""email_verified":true"#, with: verified)
            return try readers.openID(try forge.token(claims: claims)).address
        }
        for value in ["true", #""true""#, #""True""#, "1", #""1""#] {
            #expect(try address(#""email_verified":\#(value)"#)?.memberKey == "ada@corp.example", "\(value)")
        }
        for value in [
            "false", "null", #""false""#, "0", "2", #""yes""#, #""TRUE ""#, "[true]", #"{"a":true}"#, "1.5", #""""#,
        ] {
            #expect(try address(#""email_verified":\#(value)"#)?.memberKey == nil, "\(value)")
        }
        #expect(try address(#""x":1"#)?.memberKey == nil)
        let named = TokenReaders.openIDClaims.replacing(#""email":"#, with: #""preferred_username":"#)
        #expect(try readers.openID(try forge.token(claims: named)).address == nil)
    }
}
