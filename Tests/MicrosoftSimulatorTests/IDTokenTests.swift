import Foundation
import JWTKit
import MicrosoftSimulator
import Testing

/// Only the times; the other claims are compared as JSON.
private struct AnyClaims: JWTPayload {
    func verify(using algorithm: some JWTAlgorithm) async throws {}
}

@Suite("id_tokens")
struct IDTokenTests {
    private static func isGenuine(_ token: String, _ site: Site) async throws -> Bool {
        let keys = try await site.get("/common/discovery/v2.0/keys").text
        let collection = JWTKeyCollection()
        try await collection.add(jwksJSON: keys)
        return (try? await collection.verify(token, as: AnyClaims.self)) != nil
    }

    @Test("the signature is valid for the published keys")
    func signature() async throws {
        try await Site.run { site in
            let answer = try await site.connect()
            #expect(try await Self.isGenuine(try #require(answer.string("id_token")), site))
            #expect(answer.tokenHeader["alg"] as? String == "RS256")
            #expect(answer.tokenHeader["typ"] as? String == "JWT")
            #expect(answer.tokenHeader["x5t"] == nil)
        }
    }

    @Test("a work account's claims")
    func workClaims() async throws {
        try await Site.run { site in
            let answer = try await site.connect()
            let claims = answer.claims
            let account = try #require(site.simulator.account("ana@contoso.test"))
            let now = Int(Site.start.timeIntervalSince1970)
            #expect(claims["ver"] as? String == "2.0")
            #expect(claims["aud"] as? String == Site.clientID)
            #expect(claims["iss"] as? String == "http://localhost/\(account.id.tenantID)/v2.0")
            #expect(claims["tid"] as? String == account.id.tenantID)
            #expect(claims["oid"] as? String == account.id.objectID)
            #expect(claims["nonce"] as? String == "n-1")
            #expect(claims["preferred_username"] as? String == "ana@contoso.test")
            #expect(claims["email"] as? String == "ana@contoso.test")
            #expect(claims["idp"] == nil)
            // Back-dated by five minutes.
            #expect(claims["iat"] as? Int == now - 300)
            #expect(claims["nbf"] as? Int == now - 300)
            #expect(claims["exp"] as? Int == now + (answer.json["expires_in"] as? Int ?? 0))
            let second = try await site.connect()
            #expect(second.claims["sub"] as? String == claims["sub"] as? String)
        }
    }

    @Test("a personal object id contains the account number that /me returns")
    func personalClaims() async throws {
        try await Site.run { site in
            let answer = try await site.connect("ana@outlook.com")
            let oid = try #require(answer.claims["oid"] as? String)
            #expect(answer.claims["tid"] as? String == Site.consumers)
            #expect(oid.hasPrefix("00000000-0000-0000-"))
            let me = try await site.get("/v1.0/me", token: answer.accessToken)
            let id = try #require(me.string("id"))
            #expect(id.count == 16)
            #expect(oid.replacingOccurrences(of: "-", with: "").hasSuffix(id))
            #expect(oid != id)
        }
    }

    @Test("the object id and the names require profile, the address requires email")
    func scopes() async throws {
        try await Site.run { site in
            let claims = try await site.connect(scope: "openid User.Read").claims
            for name in ["oid", "name", "preferred_username", "email"] { #expect(claims[name] == nil) }
            #expect(claims["tid"] != nil)
            #expect(claims["sub"] != nil)
        }
    }

    @Test("a guest has an identity provider and a principal name with #EXT#")
    func guest() async throws {
        try await Site.run { site in
            var options = AccountOptions(address: "ana@corp.test")
            options.guest = true
            options.organization = "fabrikam.test"
            let made = site.simulator.addAccount(options)
            #expect(made.userPrincipalName.hasPrefix("ana_corp.test#EXT#@fabrikam"))
            #expect(made.userPrincipalName.hasSuffix(".onmicrosoft.com"))
            let answer = try await site.connect("ana@corp.test")
            #expect((answer.claims["idp"] as? String)?.hasPrefix("https://sts.windows.net/") == true)
            #expect(answer.claims["tid"] as? String == made.id.tenantID)
            let mail = try await site.get("/v1.0/me/messages", token: answer.accessToken)
            #expect(mail.graphCode == "MailboxNotEnabledForRESTAPI")
        }
    }

    @Test("ids depend only on the address")
    func stableIDs() async throws {
        func account(after other: String) async throws -> AccountID? {
            let simulator = try MicrosoftSimulator(settings: Site.settings())
            simulator.addAccount(AccountOptions(address: other))
            return simulator.addAccount(AccountOptions(address: "ana@contoso.test")).id
        }
        let first = try await account(after: "x@one.test")
        let second = try await account(after: "y@two.test")
        #expect(first == second)
    }

    // MARK: Falsified tokens

    @Test(
        "forged signatures are invalid",
        arguments: ["wrong_signature", "alg_none", "alg_hs256"]
    )
    func forged(shape: String) async throws {
        try await Site.run { site in
            _ = try await site.postJSON("/simulator/token-shape", #"{"shapes":["\#(shape)"]}"#)
            let answer = try await site.connect()
            let token = try #require(answer.string("id_token"))
            #expect(try await !Self.isGenuine(token, site))
            let algorithm = ["wrong_signature": "RS256", "alg_none": "none", "alg_hs256": "HS256"][shape]
            #expect(answer.tokenHeader["alg"] as? String == algorithm)
            // Once only.
            let honest = try await site.connect()
            #expect(try await Self.isGenuine(try #require(honest.string("id_token")), site))
        }
    }

    @Test(
        "a falsified claim is the only difference, and the signature is valid",
        arguments: [
            ("wrong_audience", "aud"), ("wrong_issuer", "iss"), ("wrong_tid", "tid"), ("wrong_nonce", "nonce"),
            ("missing_nonce", "nonce"), ("other_oid", "oid"), ("missing_oid", "oid"), ("expired", "exp"),
            ("not_yet_valid", "nbf"), ("wrong_version", "ver"),
        ]
    )
    func wrongClaims(shape: String, claim: String) async throws {
        try await Site.run { site in
            let honest = try await site.connect().claims[claim]
            _ = try await site.postJSON("/simulator/token-shape", #"{"shapes":["\#(shape)"]}"#)
            let answer = try await site.connect()
            #expect("\(answer.claims[claim] ?? "nil")" != "\(honest ?? "nil")")
            #expect(try await Self.isGenuine(try #require(answer.string("id_token")), site))
            let now = Int(Site.start.timeIntervalSince1970)
            if shape.hasPrefix("missing") { #expect(answer.claims[claim] == nil) }
            if shape == "expired" { #expect(answer.claims["exp"] as? Int ?? now < now - 600) }
            if shape == "not_yet_valid" { #expect(answer.claims["nbf"] as? Int ?? 0 > now + 600) }
        }
    }

    @Test("parts of the response can be missing")
    func missing() async throws {
        try await Site.run { site in
            for (shape, member) in [
                ("missing_id_token", "id_token"), ("missing_refresh_token", "refresh_token"),
                ("missing_access_token", "access_token"),
            ] {
                _ = try await site.postJSON("/simulator/token-shape", #"{"shapes":["\#(shape)"]}"#)
                let answer = try await site.connect()
                #expect(answer.json[member] == nil)
            }
            _ = try await site.postJSON("/simulator/token-shape", #"{"shapes":["missing_scopes","unknown_kid"]}"#)
            let answer = try await site.connect()
            #expect(answer.string("scope") == "openid profile email User.Read")
            #expect((answer.tokenHeader["kid"] as? String)?.hasPrefix("unknown-") == true)
            let mail = try await site.get("/v1.0/me/messages", token: answer.accessToken)
            #expect(mail.status == 403)
        }
    }

    @Test("any claim can be set or removed, for one account")
    func ownClaims() async throws {
        try await Site.run { site in
            _ = try await site.postJSON(
                "/simulator/token-shape",
                #"{"claims":{"email":"ceo@corp.test","name":null},"account":"bo@contoso.test"}"#
            )
            let ana = try await site.connect()
            #expect(ana.claims["email"] as? String == "ana@contoso.test")
            let bo = try await site.connect("bo@contoso.test")
            #expect(bo.claims["email"] as? String == "ceo@corp.test")
            #expect(bo.claims["name"] == nil)
        }
    }
}
