import Foundation
import StrictJSON
import TestSupport
import Testing

@testable import HearthConsole
@testable import SignedTokens

/// Thousands of tokens that are signed correctly and say anything. The seeds are fixed, so a failure can be repeated; a
/// trap would end the whole test process.
@Suite("Random signed tokens", .timeLimit(.minutes(5)))
struct TokenFuzzTests {
    private let forge: TokenForge
    private let readers: TokenReaders

    init() throws {
        forge = try TokenForge()
        readers = TokenReaders(keys: try #require(try TokenForge.keys(try forge.published())))
    }

    /// Values of every kind, many of them at the edges of what the readers take.
    private static let values = [
        "null", "true", "false", "0", "1", "-1", "1.5", "-0.0", "1e308", "-1e308", "1e400", "1e-400", "1800000600",
        "253402300799", "253402300800", "9007199254740993", "9223372036854775807", "-9223372036854775808",
        "9223372036854775808", #""""#, #""1""#, #""true""#, #""console""#, #""n-1""#, #""https://id.example""#,
        #""8eaef023-2b34-4da1-9baa-8bc8c9d6a490""#, "[]", "[[]]", "[1]", #"["console"]"#, #"["console","console"]"#,
        "{}", #"{"a":1}"#, #"{"a":1,"a":2}"#, "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
        #""\ud800""#, #""\u0000""#, "\"\u{FFFD}\u{202E}\"", "NaN", "Infinity", "+1", "01", "1.", "'a'", "",
    ]

    /// A token's JSON with some members changed, doubled, dropped or added, and sometimes some bytes as well.
    private static func mutated(_ text: String, _ random: inout SeededRandom) -> [UInt8] {
        let object = (try? JSONParser().parse(Array(text.utf8)).value.asObject) ?? JSONObject([])
        var members = object.map { member in (member.name, Self.text(of: member.value)) }
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            let index = Int.random(in: 0..<max(members.count, 1), using: &random)
            let value = values.randomElement(using: &random) ?? "0"
            switch Int.random(in: 0...4, using: &random) {
            case 0 where !members.isEmpty: members.remove(at: index)
            case 1 where !members.isEmpty: members.append((members[index].0, value))
            case 2:
                members.append(
                    (["azp", "nbf", "crit", "email_verified", "x"].randomElement(using: &random) ?? "x", value))
            default: if !members.isEmpty { members[index].1 = value }
            }
        }
        var bytes = Array("{\(members.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ","))}".utf8)
        if Int.random(in: 0...3, using: &random) == 0 {
            for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0...2, using: &random) {
                case 0: bytes[index] = UInt8.random(in: .min ... .max, using: &random)
                case 1: bytes.remove(at: index)
                default: bytes.insert(UInt8.random(in: .min ... .max, using: &random), at: index)
                }
            }
        }
        return bytes
    }

    private static func text(of value: JSONValue) -> String {
        switch value {
        case .integer(let number): "\(number)"
        case .double(let number): "\(number)"
        case .bool(let truth): "\(truth)"
        case .string(let text): "\"\(text)\""
        default: "null"
        }
    }

    @Test("claims of any content end in an identity or in a refusal", arguments: [UInt64(1), 2, 3])
    func claims(_ seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let header = Array(#"{"alg":"RS256","kid":"k1"}"#.utf8)
        var accepted = 0
        for _ in 0..<1_000 {
            await Task.yield()
            let openID = try forge.token(header: header, claims: Self.mutated(TokenReaders.openIDClaims, &random))
            if let claims = try? readers.openID(openID) {
                accepted += 1
                // Whatever else was changed, these were right.
                #expect((1...255).contains(claims.subject.utf8.count))
            }
            let microsoft = try forge.token(header: header, claims: Self.mutated(TokenReaders.microsoftClaims, &random))
            if (try? readers.microsoft(microsoft)) != nil { accepted += 1 }
        }
        // Most changes matter, and some do not: otherwise the changes would test nothing.
        #expect((50...1_000).contains(accepted))
    }

    @Test("headers of any content end in an identity or in a refusal", arguments: [UInt64(4), 5])
    func headers(_ seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let claims = Array(TokenReaders.openIDClaims.utf8)
        for _ in 0..<1_000 {
            await Task.yield()
            let header = Self.mutated(#"{"alg":"RS256","kid":"k1","typ":"JWT"}"#, &random)
            let token = try forge.token(header: header, claims: claims)
            guard (try? readers.openID(token)) != nil else { continue }
            let read = try #require(try JSONParser().parse(header).value.asObject)
            #expect(read["alg"] == .string("RS256") && read["kid"] == .string("k1") && read["crit"] == nil)
        }
    }

    @Test("texts of any form are refused unless they are the token itself", arguments: [UInt64(6), 7])
    func texts(_ seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let token = try forge.token(claims: TokenReaders.openIDClaims)
        for _ in 0..<5_000 {
            await Task.yield()
            var text = Array(token.unicodeScalars)
            for _ in 0..<Int.random(in: 1...4, using: &random) where !text.isEmpty {
                let index = Int.random(in: 0..<text.count, using: &random)
                switch Int.random(in: 0...3, using: &random) {
                case 0: text[index] = Unicode.Scalar(UInt8.random(in: 0...127, using: &random))
                case 1: text.remove(at: index)
                case 2: text.insert([".", "=", "é", "\u{301}"].randomElement(using: &random) ?? ".", at: index)
                default: text.removeLast(min(index, text.count - 1))
                }
            }
            let changed = String(String.UnicodeScalarView(text))
            #expect((try? readers.openID(changed)) == nil || changed == token)
        }
    }

    @Test("key sets of any content are read or refused", arguments: [UInt64(8), 9])
    func keySets(_ seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let published = try forge.published()
        let token = try forge.token(claims: TokenReaders.openIDClaims)
        let curve =
            #"{"kty":"EC","crv":"P-256","kid":"k1","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#
        for _ in 0..<1_000 {
            await Task.yield()
            let members = [published, curve].map { String(decoding: Self.mutated($0, &random), as: UTF8.self) }
            guard let keys = try? TokenForge.keys(members[0], members[1]) else { continue }
            let readers = TokenReaders(keys: keys)
            _ = try? readers.openID(token)
            _ = try? readers.openID(token, allowed: Set(SignatureAlgorithm.allCases))
        }
    }
}
