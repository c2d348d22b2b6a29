import Foundation
import HTTPTypes
import MicrosoftSimulator
import Testing

@Suite("Application secrets")
struct SecretTests {
    private static let path = "/simulator/applications/\(Site.clientID)/secrets"

    @Test("the new secret and the old one are both valid until the old one expires on the simulator's clock")
    func overlap() async throws {
        try await Site.run { site in
            let token = try await site.connect().refreshToken
            let list = try await site.get(Self.path)
            let first = try #require((list.json["secrets"] as? [[String: Any]])?.first)
            #expect(first["hint"] as? String == "s~e")
            #expect(first["valid"] as? Bool == true)
            #expect(!list.text.contains(Site.secret))
            let keyID = try #require(first["keyId"] as? String)
            let added = try await site.postJSON(Self.path, #"{"secret":"new+secret","expiresInSeconds":7200}"#)
            #expect(added.status == 201)
            #expect(added.string("expires") == "2026-03-01T11:15:02Z")
            let ending = try await site.send(
                .patch, "\(Self.path)/\(keyID)", body: #"{"expires":"2026-03-01T10:15:02Z"}"#
            )
            #expect(ending.json["valid"] as? Bool == true)
            let outcomes: [(TimeInterval, String, Int?)] = [
                (0, Site.secret, nil), (0, "new+secret", nil), (3599, Site.secret, nil), (1, Site.secret, 7_000_222),
                (0, "new+secret", nil), (0, "never", 7_000_215), (3600, "new+secret", 7_000_222),
            ]
            for (seconds, secret, code) in outcomes {
                site.simulator.advanceClock(seconds: seconds)
                let answer = try await site.refresh(token, ["client_secret": secret])
                #expect(answer.aadsts == code)
                #expect(answer.status == (code == nil ? 200 : 401))
                if code != nil { #expect(answer.string("error") == "invalid_client") }
            }
            let extended = try await site.send(.patch, "\(Self.path)/\(keyID)", body: "{}")
            #expect(extended.json["valid"] as? Bool == true)
            let again = try await site.refresh(token)
            #expect(again.status == 200)
        }
    }

    @Test("a deleted secret is refused as unknown")
    func deleted() async throws {
        try await Site.run { site in
            let token = try await site.connect().refreshToken
            let keyID = try #require(site.simulator.secrets(of: Site.clientID)?.first?.keyID)
            let left = try await site.send(.delete, "\(Self.path)/\(keyID)")
            #expect((left.json["secrets"] as? [Any])?.isEmpty == true)
            let answer = try await site.refresh(token)
            #expect(answer.aadsts == 7_000_215)
            let twice = try await site.send(.delete, "\(Self.path)/\(keyID)")
            #expect(twice.status == 404)
        }
    }

    @Test("all secrets can expire at once, and come back")
    func switched() async throws {
        try await Site.run { site in
            let token = try await site.connect().refreshToken
            _ = try await site.postJSON("/simulator/application", #"{"secretExpired":true}"#)
            let dead = try await site.refresh(token)
            #expect(dead.aadsts == 7_000_222)
            _ = try await site.postJSON("/simulator/application", #"{"secretExpired":false}"#)
            let living = try await site.refresh(token)
            #expect(living.status == 200)
        }
    }
}
