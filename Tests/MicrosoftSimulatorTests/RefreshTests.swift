import Foundation
import MicrosoftSimulator
import Testing

@Suite("Refreshing")
struct RefreshTests {
    @Test("every refresh returns a new refresh token, and the old one stays valid")
    func rotation() async throws {
        try await Site.run { site in
            let first = try await site.connect().refreshToken
            let answer = try await site.refresh(first)
            #expect(answer.status == 200)
            #expect(answer.refreshToken != first)
            #expect(!answer.refreshToken.isEmpty)
            // Not issued for an authorize request, so without a nonce.
            #expect(answer.claims["nonce"] == nil)
            let again = try await site.refresh(first)
            #expect(again.status == 200)
            #expect(site.simulator.refreshes == 2)
        }
    }

    @Test("with strict rotation the old one becomes invalid")
    func strict() async throws {
        try await Site.run { site in
            site.simulator.behaviours.rotation = .strict
            let first = try await site.connect().refreshToken
            let answer = try await site.refresh(first)
            let dead = try await site.refresh(first)
            #expect(dead.string("error") == "invalid_grant")
            let living = try await site.refresh(answer.refreshToken)
            #expect(living.status == 200)
        }
    }

    @Test("a subset of scopes narrows the access token, but not offline access")
    func subset() async throws {
        try await Site.run { site in
            let first = try await site.connect().refreshToken
            let answer = try await site.refresh(first, ["scope": "Mail.Send"])
            #expect(answer.string("scope") == "Mail.Send")
            #expect(!answer.refreshToken.isEmpty)
            let me = try await site.get("/v1.0/me", token: answer.accessToken)
            #expect(me.status == 403)
            // The new refresh token still stands for the whole grant.
            let wide = try await site.refresh(answer.refreshToken)
            #expect(wide.string("scope")?.contains("Mail.ReadWrite") == true)
        }
    }

    @Test("a scope without a consent is refused, in two ways", arguments: ["ana@contoso.test", "ana@outlook.com"])
    func upgrade(address: String) async throws {
        try await Site.run { site in
            let first = try await site.connect(address).refreshToken
            let answer = try await site.refresh(first, ["scope": "Calendars.Read"])
            #expect(answer.string("error") == "invalid_grant")
            if address.hasSuffix("outlook.com") {
                #expect(answer.aadsts == 70000)
                #expect(
                    answer.string("error_description")?.contains(
                        "one or more scopes requested are unauthorized or expired"
                    ) == true
                )
            } else {
                #expect(answer.aadsts == 65001)
                #expect(answer.string("suberror") == "consent_required")
            }
            // The grant itself is still valid.
            let same = try await site.refresh(first)
            #expect(same.status == 200)
        }
    }

    @Test(
        "some events end a grant, others do not",
        arguments: [
            ("ana@contoso.test", "sessions", 50173), ("ana@contoso.test", "password_reset", 50173),
            ("ana@contoso.test", "consent", 65001), ("ana@contoso.test", "disable", 50057),
            ("ana@contoso.test", "password_change", nil), ("ana@outlook.com", "consent", 70000),
            ("ana@outlook.com", "sessions", 70000),
        ] as [(String, String, Int?)]
    )
    func revocation(address: String, how: String, code: Int?) async throws {
        try await Site.run { site in
            let grant = try await site.connect(address)
            let done = try await site.postJSON("/simulator/accounts/\(address)/revoke", #"{"how":"\#(how)"}"#)
            #expect(done.status == 200)
            let answer = try await site.refresh(grant.refreshToken)
            #expect(answer.aadsts == code)
            #expect(answer.status == (code == nil ? 200 : 400))
            // An access token stays valid until it expires.
            let me = try await site.get("/v1.0/me", token: grant.accessToken)
            #expect(me.status == 200)
        }
    }

    @Test("after a revocation a new sign-in gives a valid grant")
    func reconnect() async throws {
        try await Site.run { site in
            let dead = try await site.connect().refreshToken
            site.simulator.revoke("ana@contoso.test", .sessions)
            site.simulator.advanceClock(seconds: 1)
            let living = try await site.connect().refreshToken
            let first = try await site.refresh(dead)
            #expect(first.aadsts == 50173)
            let second = try await site.refresh(living)
            #expect(second.status == 200)
        }
    }

    @Test("a refresh token is valid for 90 days after its last use")
    func lifetime() async throws {
        try await Site.run { site in
            let first = try await site.connect().refreshToken
            site.simulator.advanceClock(seconds: 60 * 86_400)
            let second = try await site.refresh(first).refreshToken
            site.simulator.advanceClock(seconds: 60 * 86_400)
            let living = try await site.refresh(second)
            #expect(living.status == 200)
            let expired = try await site.refresh(first)
            #expect(expired.aadsts == 700082)
            #expect(expired.string("error") == "invalid_grant")
        }
    }

    @Test("refreshing works under the account's own tenant, and no other")
    func tenants() async throws {
        try await Site.run { site in
            let token = try await site.connect().refreshToken
            let tid = try #require(site.simulator.account("ana@contoso.test")).id.tenantID
            let own = try await site.refresh(token, tenant: tid)
            #expect(own.status == 200)
            let consumers = try await site.refresh(token, tenant: "consumers")
            #expect(consumers.string("error") == "invalid_grant")
        }
    }

    @Test("an invalid refresh token is refused")
    func unknown() async throws {
        try await Site.run { site in
            let answer = try await site.refresh("nonsense")
            #expect(answer.aadsts == 70000)
            #expect(answer.string("error") == "invalid_grant")
        }
    }
}
