import Foundation
import HTTPTypes
import MicrosoftSimulator
import Testing

@Suite("Graph: callers and profiles")
struct GraphTests {
    @Test("/me of a work account has its address and the common headers")
    func workMe() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            let id = "5f0f1d7a-4a8a-4f0e-9a32-0a8a9a1b2c3d"
            let headers: HTTPFields = [try #require(HTTPField.Name("client-request-id")): id]
            let me = try await site.get("/v1.0/me", token: token, headers: headers)
            #expect(me.status == 200)
            #expect(me.string("mail") == "ana@contoso.test")
            #expect(me.string("userPrincipalName") == "ana@contoso.test")
            #expect(me.string("id") == site.simulator.account("ana@contoso.test")?.id.objectID)
            #expect(me.json["proxyAddresses"] == nil)
            #expect(me.header("client-request-id") == id)
            #expect(me.header("OData-Version") == "4.0")
            #expect(me.header("request-id") != nil)
            #expect(me.header("Content-Type")?.hasPrefix("application/json;odata.metadata=minimal") == true)
        }
    }

    @Test("/me of a personal account has no mail, unless switched on")
    func personalMe() async throws {
        try await Site.run { site in
            let token = try await site.connect("ana@outlook.com").accessToken
            let me = try await site.get("/v1.0/me", token: token)
            #expect(me.json["mail"] is NSNull)
            #expect(me.string("userPrincipalName") == "ana@outlook.com")
            site.simulator.behaviours.personalMail = true
            let other = try await site.connect("bo@outlook.com").accessToken
            let filled = try await site.get("/v1.0/me", token: other)
            #expect(filled.string("mail") == "bo@outlook.com")
        }
    }

    @Test("proxy addresses are returned if selected, an unknown property is refused")
    func selection() async throws {
        try await Site.run { site in
            var options = AccountOptions(address: "ana@contoso.test")
            options.proxyAddresses = ["SMTP:ana@contoso.test", "smtp:old@contoso.test"]
            site.simulator.addAccount(options)
            let token = try await site.connect().accessToken
            let me = try await site.get("/v1.0/me?%24select=id,proxyAddresses", token: token)
            #expect(me.json["proxyAddresses"] as? [String] == ["SMTP:ana@contoso.test", "smtp:old@contoso.test"])
            #expect(me.json["mail"] == nil)
            let wrong = try await site.get("/v1.0/me?$select=shoeSize", token: token)
            #expect(wrong.status == 400)
            #expect(wrong.graphCode == "BadRequest")
        }
    }

    @Test("a missing, unknown or expired token returns 401 with its own text")
    func unauthorized() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            func message(_ answer: Answer) -> String? {
                (answer.json["error"] as? [String: Any])?["message"] as? String
            }
            let none = try await site.get("/v1.0/me")
            #expect(none.status == 401)
            #expect(none.graphCode == "InvalidAuthenticationToken")
            #expect(message(none) == "Access token is empty.")
            #expect(none.header("WWW-Authenticate")?.hasPrefix("Bearer realm=\"\"") == true)
            let unknown = try await site.get("/v1.0/me", token: "EwBnonsense")
            #expect(message(unknown) == "CompactToken parsing failed with error code: 80049217")
            site.simulator.advanceClock(seconds: 5400)
            let expired = try await site.get("/v1.0/me", token: token)
            #expect(expired.status == 401)
            #expect(message(expired) == "Lifetime validation failed, the token is expired.")
            let inner = (expired.json["error"] as? [String: Any])?["innerError"] as? [String: Any]
            // No zone, and the simulator's time.
            #expect(inner?["date"] as? String == "2026-03-01T10:45:02")
        }
    }

    @Test(
        "a missing scope returns 403",
        arguments: [
            ("Mail.Send", "/v1.0/me", "Authorization_RequestDenied"),
            ("User.Read Mail.Send", "/v1.0/me/messages", "ErrorAccessDenied"),
            ("User.Read Mail.Send", "/v1.0/me/mailFolders", "ErrorAccessDenied"),
        ]
    )
    func missingScope(scope: String, path: String, code: String) async throws {
        try await Site.run { site in
            let token = try await site.connect(scope: "openid \(scope)").accessToken
            let answer = try await site.get(path, token: token)
            #expect(answer.status == 403)
            #expect(answer.graphCode == code)
        }
    }

    @Test("an account without a mailbox can sign in, its mail calls return 404, its mail is null")
    func noMailbox() async throws {
        try await Site.run { site in
            _ = try await site.postJSON("/simulator/accounts", #"{"address":"ana@contoso.test","hasMailbox":false}"#)
            let token = try await site.connect().accessToken
            let me = try await site.get("/v1.0/me", token: token)
            #expect(me.json["mail"] is NSNull)
            for path in ["/v1.0/me/messages", "/v1.0/me/mailFolders/inbox/messages", "/v1.0/me/mailFolders"] {
                let answer = try await site.get(path, token: token)
                #expect(answer.status == 404)
                #expect(answer.graphCode == "MailboxNotEnabledForRESTAPI")
            }
        }
    }

    @Test("an unknown segment returns 400")
    func unknownSegment() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            let answer = try await site.get("/v1.0/me/wardrobe", token: token)
            #expect(answer.status == 400)
            #expect(answer.text.contains("Resource not found for the segment 'wardrobe'."))
        }
    }

    @Test("requests are limited per mailbox in ten minutes")
    func throttling() async throws {
        try await Site.run { site in
            site.simulator.behaviours.mailboxRequestLimit = 2
            let ana = try await site.connect().accessToken
            let bo = try await site.connect("bo@contoso.test").accessToken
            for _ in 1...2 { _ = try await site.get("/v1.0/me", token: ana) }
            let limited = try await site.get("/v1.0/me", token: ana)
            #expect(limited.status == 429)
            #expect(limited.graphCode == "TooManyRequests")
            #expect(limited.header("Retry-After") == "600")
            let other = try await site.get("/v1.0/me", token: bo)
            #expect(other.status == 200)
            site.simulator.advanceClock(seconds: 600)
            let later = try await site.get("/v1.0/me", token: ana)
            #expect(later.status == 200)
        }
    }
}
