import Foundation
import HTTPTypes
import MicrosoftSimulator
import Testing

/// The reuse of rotated refresh tokens, and the lifetimes of tokens.
@Suite("Rotation and lifetimes")
struct RotationTests {
    @Test("an organisation can be stricter than the others, and than personal accounts")
    func perOrganization() async throws {
        try await Site.run { site in
            let addresses = ["ana@contoso.test", "bo@fabrikam.test", "cy@outlook.com"]
            var tokens: [String] = []
            for address in addresses { tokens.append(try await site.connect(address).refreshToken) }
            _ = try await site.postJSON("/simulator/organizations/contoso.test/rules", #"{"rotation":"strict"}"#)
            var codes: [Int?] = []
            for token in tokens {
                _ = try await site.refresh(token)
                codes.append(try await site.refresh(token).aadsts)
            }
            #expect(codes == [70008, nil, nil])
            let personal = try await site.postJSON(
                "/simulator/organizations/consumers/rules", #"{"rotation":"strict"}"#)
            #expect(personal.string("rotation") == "strict")
            let replayed = try await site.refresh(tokens[2])
            #expect(replayed.aadsts == 70000)
            #expect(replayed.string("error") == "invalid_grant")
            // Decided when it is used again: the switch also applies to tokens rotated before.
            _ = try await site.send(.delete, "/simulator/organizations/contoso.test/rules")
            let forgiven = try await site.refresh(tokens[0])
            #expect(forgiven.status == 200)
        }
    }

    @Test("the default can be strict and one organisation lenient")
    func lenientException() async throws {
        try await Site.run { site in
            site.simulator.behaviours.rotation = .strict
            let ana = try await site.connect().refreshToken
            let bo = try await site.connect("bo@fabrikam.test").refreshToken
            var rules = TenantRules()
            rules.rotation = .lenient
            #expect(site.simulator.setRules(rules, of: "fabrikam.test"))
            for token in [ana, bo] { _ = try await site.refresh(token) }
            let strict = try await site.refresh(ana)
            #expect(strict.aadsts == 70008)
            let lenient = try await site.refresh(bo)
            #expect(lenient.status == 200)
        }
    }

    @Test("with strict rotation a grant continues indefinitely through its newest token")
    func chain() async throws {
        try await Site.run { site in
            site.simulator.behaviours.rotation = .strict
            var token = try await site.connect().refreshToken
            for _ in 1...20 {
                site.simulator.advanceClock(seconds: 80 * 86_400)
                let answer = try await site.refresh(token)
                #expect(answer.status == 200)
                #expect(answer.refreshToken != token)
                token = answer.refreshToken
            }
        }
    }

    @Test("a tenant can have shorter lifetimes", arguments: ["ana@contoso.test", "ana@outlook.com"])
    func lifetime(address: String) async throws {
        try await Site.run { site in
            let token = try await site.connect(address).refreshToken
            let tenant = address.hasSuffix("outlook.com") ? "consumers" : "contoso.test"
            _ = try await site.postJSON("/simulator/organizations/\(tenant)/rules", #"{"refreshTokenDays":10}"#)
            site.simulator.advanceClock(seconds: 10 * 86_400 - 1)
            let second = try await site.refresh(token)
            #expect(second.status == 200)
            site.simulator.advanceClock(seconds: 2)
            let expired = try await site.refresh(token)
            #expect(expired.aadsts == (tenant == "consumers" ? 70000 : 700082))
            let sliding = try await site.refresh(second.refreshToken)
            #expect(sliding.status == 200)
        }
    }

    @Test("a token with a missing or changed character is unknown", arguments: ["ana@contoso.test", "ana@outlook.com"])
    func tampering(address: String) async throws {
        try await Site.run { site in
            let answer = try await site.connect(address)
            let token = answer.refreshToken
            let middle = token.index(token.startIndex, offsetBy: 200)
            let changed = token.replacingCharacters(in: middle...middle, with: token[middle] == "x" ? "y" : "x")
            for text in [String(token.dropLast()), String(token.prefix(255)), changed, token + "A"] {
                let refused = try await site.refresh(text)
                #expect(refused.aadsts == 70000)
            }
            let access = answer.accessToken
            for text in [String(access.dropLast()), access + "A", String(access.prefix(255))] {
                let refused = try await site.get("/v1.0/me", token: text)
                #expect(refused.status == 401)
            }
            let honest = try await site.get("/v1.0/me", token: access)
            #expect(honest.status == 200)
        }
    }

    @Test("a refresh token is useless to another application")
    func otherApplication() async throws {
        try await Site.run { site in
            let token = try await site.connect().refreshToken
            _ = try await site.postJSON("/simulator/application", #"{"clientId":"other","secret":"s2"}"#)
            let answer = try await site.refresh(token, ["client_id": "other", "client_secret": "s2"])
            #expect(answer.aadsts == 70000)
        }
    }
}
