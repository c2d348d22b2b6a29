import Foundation
import HTTPTypes
import MicrosoftSimulator
import Testing

@Suite("Redeeming a code")
struct TokenTests {
    @Test("a work response has numbers and the requested scopes without offline_access")
    func workAnswer() async throws {
        try await Site.run { site in
            let answer = try await site.connect()
            #expect(answer.string("token_type") == "Bearer")
            #expect(answer.json["expires_in"] as? Int != nil)
            #expect((3600..<5400).contains(answer.json["expires_in"] as? Int ?? 0))
            #expect(answer.json["ext_expires_in"] as? Int == answer.json["expires_in"] as? Int)
            #expect(answer.string("scope") == "openid profile email User.Read Mail.ReadWrite Mail.Send")
            #expect(answer.accessToken.split(separator: ".").count == 3)
            #expect(!answer.refreshToken.isEmpty)
            #expect(answer.header("Cache-Control") == "no-store")
            #expect(answer.header("Content-Type") == "application/json; charset=utf-8")
            #expect(answer.string("client_info") == nil)
        }
    }

    @Test("long scope names are returned in the long form")
    func longScopes() async throws {
        try await Site.run { site in
            let answer = try await site.connect(scope: "openid https://graph.microsoft.com/Mail.Send")
            #expect(answer.string("scope") == "openid https://graph.microsoft.com/Mail.Send")
        }
    }

    @Test("a personal token is opaque and valid for an hour, with long scope names")
    func personalAnswer() async throws {
        try await Site.run { site in
            let answer = try await site.connect("ana@outlook.com")
            #expect(answer.accessToken.hasPrefix("EwB"))
            #expect(!answer.accessToken.contains("."))
            #expect(answer.refreshToken.hasPrefix("M.C5"))
            #expect(answer.json["expires_in"] as? Int == 3600)
            #expect(answer.string("scope")?.contains("https://graph.microsoft.com/Mail.Send") == true)
        }
    }

    @Test("without offline_access no refresh token, without openid no id_token")
    func leftOut() async throws {
        try await Site.run { site in
            let answer = try await site.connect(scope: "User.Read")
            #expect(answer.string("refresh_token") == nil)
            #expect(answer.string("id_token") == nil)
            #expect(!answer.accessToken.isEmpty)
        }
    }

    @Test("client_info is returned if the token request asks for it")
    func clientInfo() async throws {
        try await Site.run { site in
            let answer = try await site.redeem(try await site.code(for: "ana@contoso.test"), ["client_info": "1"])
            #expect(Answer.part(0, of: answer.string("client_info") ?? "")["utid"] != nil)
        }
    }

    @Test("a code works once")
    func singleUse() async throws {
        try await Site.run { site in
            let code = try await site.code(for: "ana@contoso.test")
            #expect(try await site.redeem(code).status == 200)
            let again = try await site.redeem(code)
            #expect(again.status == 400)
            #expect(again.string("error") == "invalid_grant")
            #expect(again.aadsts == 54005)
            #expect(site.simulator.codeUses.values.map(\.attempts) == [2])
            #expect(site.simulator.codeUses.values.map(\.successes) == [1])
        }
    }

    @Test("a code is valid for ten minutes on the simulator's clock")
    func expiry() async throws {
        try await Site.run { site in
            let early = try await site.code(for: "ana@contoso.test")
            let late = try await site.code(for: "ana@contoso.test")
            site.simulator.advanceClock(seconds: 599)
            let inTime = try await site.redeem(early)
            #expect(inTime.status == 200)
            site.simulator.advanceClock(seconds: 2)
            let tooLate = try await site.redeem(late)
            #expect(tooLate.aadsts == 70008)
            #expect(tooLate.string("error") == "invalid_grant")
        }
    }

    @Test(
        "invalid redemptions are refused",
        arguments: [
            (["redirect_uri": "https://other.example/"], 401, "invalid_client", 500112),
            (["code_verifier": "x" + Site.verifier.dropFirst()], 400, "invalid_grant", 501481),
            (["code_verifier": nil], 400, "invalid_grant", 501481),
            (["code": "no-such-code"], 400, "invalid_grant", 70000),
            (["code": nil], 400, "invalid_request", 900144),
            (["redirect_uri": nil], 400, "invalid_request", 900144),
            (["client_secret": "wrong"], 401, "invalid_client", 7000215),
            (["client_secret": nil], 401, "invalid_client", 7000218),
            (["client_secret": nil, "client_assertion": "x.y.z"], 401, "invalid_client", 700027),
            (["client_id": "00000000-0000-0000-0000-000000000000"], 400, "unauthorized_client", 700016),
            (["client_id": nil], 400, "invalid_request", 900144),
            (["grant_type": nil], 400, "invalid_request", 900144),
            (["grant_type": "password"], 400, "unsupported_grant_type", 70003),
            (["scope": "Mail.Send https://outlook.office.com/Mail.Send"], 400, "invalid_scope", 28002),
            (["scope": "Mail.Fly"], 400, "invalid_scope", 70011),
            (["scope": "Calendars.Read"], 400, "invalid_grant", 65001),
        ] as [([String: String?], Int, String, Int)]
    )
    func mistakes(changes: [String: String?], status: Int, error: String, code: Int) async throws {
        try await Site.run { site in
            let granted = try await site.code(for: "ana@contoso.test")
            let answer = try await site.redeem(granted, changes)
            #expect(answer.status == status)
            #expect(answer.string("error") == error)
            #expect(answer.aadsts == code)
            // A refused attempt does not use the code up.
            let good = try await site.redeem(granted)
            #expect(good.status == 200)
        }
    }

    @Test("an application's own token needs its secret and a directory, and gives no access to mailboxes")
    func clientCredentials() async throws {
        try await Site.run { site in
            _ = try await site.connect("ana@contoso.test")
            let fields: [String: String?] = [
                "grant_type": "client_credentials", "scope": "https://graph.microsoft.com/.default",
            ]
            let answer = try await site.token(fields, tenant: "contoso.test")
            #expect(answer.status == 200 && answer.string("refresh_token") == nil && answer.json["scope"] == nil)
            let token = try #require(answer.string("access_token"))
            #expect(try await site.get("/v1.0/me", token: token).status == 401)
            for (change, tenant, code): ([String: String?], String, Int) in [
                (["client_secret": "wrong"], "contoso.test", 7_000_215), ([:], "common", 50059),
                (["scope": "Mail.Read"], "contoso.test", 1_002_012), (["scope": nil], "contoso.test", 900_144),
            ] {
                let refusal = try await site.token(fields.merging(change) { $1 }, tenant: tenant)
                #expect(refusal.aadsts == code)
            }
        }
    }

    @Test("the error body has Microsoft's form, with alternating separators")
    func errorShape() async throws {
        try await Site.run { site in
            let id = "5f0f1d7a-4a8a-4f0e-9a32-0a8a9a1b2c3d"
            let headers: HTTPFields = [try #require(HTTPField.Name("client-request-id")): id]
            let first = try await site.redeem("x", headers: headers)
            #expect(first.string("timestamp") == "2026-03-01 09:15:02Z")
            #expect(first.string("correlation_id") == id)
            #expect(UUID(uuidString: first.string("trace_id") ?? "") != nil)
            #expect(first.string("error_uri") == "https://login.microsoftonline.com/error?code=70000")
            #expect(first.header("Content-Type") == "application/json; charset=utf-8")
            let second = try await site.redeem("x", headers: headers)
            let separators = [first, second].map { $0.string("error_description")?.contains("\r\nTrace ID: ") == true }
            #expect(Set(separators) == [true, false])
            #expect(second.string("error_description")?.contains("Timestamp: 2026-03-01 09:15:02Z") == true)
        }
    }

    @Test("a code of one tenant segment is refused at another")
    func wrongSegment() async throws {
        try await Site.run { site in
            let code = try await site.code(for: "ana@contoso.test")
            let tid = try #require(site.simulator.account("ana@contoso.test")).id.tenantID
            let answer = try await site.redeem(code, tenant: tid)
            #expect(answer.string("error") == "invalid_grant")
            #expect(answer.aadsts == 700005)
        }
    }

    @Test("the challenge is plain if there is no method")
    func plainChallenge() async throws {
        try await Site.run { site in
            let answer = try await site.authorize(["code_challenge": Site.verifier, "code_challenge_method": nil])
            let code = try #require(answer.redirect["code"])
            let token = try await site.redeem(code)
            #expect(token.status == 200)
            let hashed = try await site.authorize(["code_challenge_method": nil])
            let refused = try await site.redeem(try #require(hashed.redirect["code"]))
            #expect(refused.aadsts == 501481)
        }
    }

    @Test("the client may authenticate by HTTP Basic, with both halves form-encoded")
    func basic() async throws {
        try await Site.run { site in
            let code = try await site.code(for: "ana@contoso.test")
            let pair = Data("\(Site.clientID):s~e%2Bc%2Fr%3Det".utf8).base64EncodedString()
            let answer = try await site.redeem(
                code, ["client_id": nil, "client_secret": nil], headers: [.authorization: "Basic \(pair)"]
            )
            #expect(answer.status == 200)
        }
    }

    @Test("an expired secret is refused, a new one works")
    func expiredSecret() async throws {
        try await Site.run { site in
            let token = try await site.connect().refreshToken
            _ = try await site.postJSON("/simulator/application", #"{"secretExpired":true}"#)
            let answer = try await site.refresh(token)
            #expect(answer.status == 401)
            #expect(answer.string("error") == "invalid_client")
            #expect(answer.aadsts == 7000222)
            _ = try await site.postJSON("/simulator/application", #"{"secretExpired":false,"secret":"fresh"}"#)
            let old = try await site.refresh(token)
            #expect(old.aadsts == 7000215)
            let new = try await site.refresh(token, ["client_secret": "fresh"])
            #expect(new.status == 200)
        }
    }

    @Test("only POST is allowed, and an unknown tenant is refused")
    func verbAndTenant() async throws {
        try await Site.run { site in
            let get = try await site.get("/common/oauth2/v2.0/token")
            #expect(get.aadsts == 900561)
            let tenant = try await site.redeem("x", tenant: "nobody.test")
            #expect(tenant.aadsts == 90002)
        }
    }

    @Test("work tokens can carry every scope granted so far")
    func superset() async throws {
        try await Site.run { site in
            _ = try await site.connect(scope: "openid User.Read Mail.Read")
            site.simulator.behaviours.supersetScopes = true
            let answer = try await site.connect(scope: "openid Mail.Send")
            #expect(answer.string("scope") == "openid Mail.Send Mail.Read User.Read")
        }
    }
}
