import Foundation
import MicrosoftSimulator
import Testing

@Suite("Authorize")
struct AuthorizeTests {
    @Test("accepting returns a code, the unchanged state, and a session state")
    func success() async throws {
        try await Site.run { site in
            let answer = try await site.authorize()
            #expect(answer.status == 302)
            #expect(answer.location.hasPrefix(Site.redirectURI + "?code="))
            #expect(answer.redirect["state"] == "a b+c/ü=")
            #expect(UUID(uuidString: answer.redirect["session_state"] ?? "") != nil)
            #expect(answer.redirect["client_info"] == nil)
            // Work codes are long.
            #expect((answer.redirect["code"] ?? "").count > 1000)
        }
    }

    @Test("client_info is returned on request")
    func clientInfo() async throws {
        try await Site.run { site in
            let answer = try await site.authorize(["client_info": "1"])
            let account = try #require(site.simulator.account("ana@contoso.test"))
            let data = try #require(Answer.base64URL(answer.redirect["client_info"] ?? ""))
            let info = try JSONDecoder().decode([String: String].self, from: data)
            #expect(info == ["uid": account.id.objectID, "utid": account.id.tenantID])
        }
    }

    @Test("a personal code is short and has its prefix")
    func personalCode() async throws {
        try await Site.run { site in
            let answer = try await site.authorize(["login_hint": "ana@outlook.com"])
            #expect(answer.redirect["code"]?.hasPrefix("M.C5") == true)
            #expect(site.simulator.account("ana@outlook.com")?.id.tenantID == Site.consumers)
        }
    }

    @Test(
        "no redirect for an unknown client or an unregistered redirect URI",
        arguments: [
            (["client_id": nil], "AADSTS900144"),
            (["client_id": "00000000-0000-0000-0000-000000000000"], "AADSTS700016"),
            (["redirect_uri": "https://evil.example/"], "AADSTS50011"),
            (["redirect_uri": Site.redirectURI + "/"], "AADSTS50011"),
            (["redirect_uri": nil], "AADSTS900971"),
        ] as [([String: String?], String)]
    )
    func untrusted(changes: [String: String?], code: String) async throws {
        try await Site.run { site in
            let answer = try await site.authorize(changes)
            #expect(answer.status == 400)
            #expect(answer.location.isEmpty)
            #expect(answer.text.contains(code))
        }
    }

    @Test("a registered http://localhost matches any port")
    func localPort() async throws {
        try await Site.run { site in
            let answer = try await site.authorize(["redirect_uri": "http://localhost:5123/cb"])
            #expect(answer.location.hasPrefix("http://localhost:5123/cb?code="))
        }
    }

    @Test(
        "every other invalid request redirects with an error",
        arguments: [
            (["response_type": nil], "invalid_request", 900144),
            (["response_type": "code id_token"], "unsupported_response_type", 700054),
            (["response_type": "token"], "unsupported_response_type", 700051),
            (["scope": nil], "invalid_request", 900144),
            (["scope": "openid Mail.Fly"], "invalid_scope", 70011),
            (["scope": ".default Mail.Send"], "invalid_scope", 70011),
            (["prompt": "sometimes"], "invalid_request", 90023),
            (["code_challenge": "short"], "invalid_request", 501491),
            (["code_challenge": nil], "invalid_request", 50147),
            (["response_mode": "smoke"], "invalid_request", 70007),
        ] as [([String: String?], String, Int)]
    )
    func mistakes(changes: [String: String?], error: String, code: Int) async throws {
        try await Site.run { site in
            let answer = try await site.authorize(changes)
            #expect(answer.status == 302)
            #expect(answer.redirect["error"] == error)
            #expect(answer.redirect["error_description"]?.hasPrefix("AADSTS\(code): ") == true)
            #expect(answer.redirect["error_uri"] == "https://login.microsoftonline.com/error?code=\(code)")
            #expect(answer.redirect["state"] == "a b+c/ü=")
            #expect(answer.redirect["code"] == nil)
        }
    }

    @Test("an error redirect is form-encoded: plus for space, lower-case hexadecimal, trace lines")
    func encoding() async throws {
        try await Site.run { site in
            site.simulator.behaviours.separators = .lines
            let answer = try await site.authorize(["simulator_decision": "decline"])
            #expect(answer.location.contains("error_description=AADSTS65004%3a+User+declined+to+consent"))
            #expect(answer.location.contains("%0d%0aTrace+ID%3a+"))
            #expect(answer.location.contains("%0d%0aTimestamp%3a+2026-03-01+09%3a15%3a02Z"))
            #expect(answer.redirect["error"] == "access_denied")
        }
    }

    @Test("cancelling has a subcode and no description")
    func cancel() async throws {
        try await Site.run { site in
            let answer = try await site.authorize(["simulator_decision": "cancel"])
            #expect(
                answer.redirect == ["error": "access_denied", "error_subcode": "cancel", "state": "a b+c/ü="]
            )
        }
    }

    @Test(
        "a script can choose any refusal",
        arguments: [
            ("admin_required", "access_denied", "AADSTS90094"), ("admin_workflow", "consent_required", "AADSTS90095"),
            ("server_error", "server_error", "AADSTS90090"),
            ("temporarily_unavailable", "temporarily_unavailable", "AADSTS90033"),
            ("login_required", "login_required", "AADSTS50058"),
            ("interaction_required", "interaction_required", "AADSTS50076"),
            ("consent_required", "consent_required", "AADSTS65001"),
            ("wrong_tenant", "access_denied", "AADSTS50020"),
        ]
    )
    func refusals(decision: String, error: String, code: String) async throws {
        try await Site.run { site in
            let answer = try await site.authorize(["simulator_decision": decision])
            #expect(answer.redirect["error"] == error)
            #expect(answer.redirect["error_description"]?.hasPrefix(code) == true)
        }
    }

    @Test("a refusal can carry a different error, because sources disagree")
    func otherError() async throws {
        try await Site.run { site in
            let answer = try await site.authorize([
                "simulator_decision": "error", "simulator_code": "90094", "simulator_error": "consent_required",
            ])
            #expect(answer.redirect["error"] == "consent_required")
            #expect(answer.redirect["error_description"]?.hasPrefix("AADSTS90094") == true)
        }
    }

    @Test("an unknown decision is reported, not taken for a refusal")
    func unknownDecision() async throws {
        try await Site.run { site in
            let answer = try await site.authorize(["simulator_decision": "acept"])
            #expect(answer.status == 400)
            #expect(answer.text.contains("acept"))
        }
    }

    @Test("shared mailboxes do not exist for personal accounts")
    func sharedScopes() async throws {
        try await Site.run { site in
            let answer = try await site.authorize(["login_hint": "ana@outlook.com", "scope": "openid Mail.Send.Shared"])
            #expect(answer.redirect["error"] == "invalid_scope")
        }
    }

    @Test("an account other than the hinted one can sign in")
    func otherAccount() async throws {
        try await Site.run { site in
            let answer = try await site.authorize(["simulator_account": "bo@fabrikam.test"])
            let token = try await site.redeem(try #require(answer.redirect["code"]))
            #expect(token.claims["preferred_username"] as? String == "bo@fabrikam.test")
        }
    }

    @Test("the response can be in the fragment or in a posted form")
    func responseModes() async throws {
        try await Site.run { site in
            let fragment = try await site.authorize(["response_mode": "fragment"])
            #expect(fragment.location.hasPrefix(Site.redirectURI + "#code="))
            let form = try await site.authorize(["response_mode": "form_post"])
            #expect(form.status == 200)
            #expect(form.text.contains("action=\"\(Site.redirectURI)\""))
            #expect(form.text.contains("name=\"code\""))
            #expect(form.text.contains("name=\"state\""))
        }
    }

    @Test("redirects can end with a stray fragment mark")
    func strayFragment() async throws {
        try await Site.run { site in
            site.simulator.behaviours.strayFragment = true
            let answer = try await site.authorize()
            #expect(answer.location.hasSuffix("#"))
        }
    }

    @Test("POST is accepted like GET")
    func post() async throws {
        try await Site.run { site in
            let answer = try await site.postForm(
                "/Common/OAuth2/v2.0/Authorize",
                [
                    "client_id": Site.clientID, "response_type": "code", "redirect_uri": Site.redirectURI,
                    "scope": "openid Mail.Send", "simulator_decision": "accept", "login_hint": "ana@contoso.test",
                ]
            )
            #expect(answer.redirect["code"] != nil)
        }
    }

    @Test("prompt=none needs a session and a consent")
    func silent() async throws {
        try await Site.run { site in
            let silent: [String: String?] = ["prompt": "none", "simulator_decision": nil]
            let stranger = try await site.authorize(silent)
            #expect(stranger.redirect["error"] == "login_required")
            _ = try await site.connect(scope: "openid User.Read")
            let wider = try await site.authorize(silent)
            #expect(wider.redirect["error"] == "consent_required")
            #expect(wider.redirect["error_description"]?.hasPrefix("AADSTS65001") == true)
            let same = try await site.authorize(silent.merging(["scope": "openid User.Read"]) { $1 })
            #expect(same.redirect["code"] != nil)
        }
    }

    @Test(
        "an account of another tenant ends on an error page",
        arguments: [
            ("consumers", "ana@contoso.test", "AADSTS500208"), ("organizations", "ana@outlook.com", "AADSTS50020"),
        ]
    )
    func wrongTenant(tenant: String, address: String, code: String) async throws {
        try await Site.run { site in
            let answer = try await site.authorize(["login_hint": address], tenant: tenant)
            #expect(answer.status == 400)
            #expect(answer.location.isEmpty)
            #expect(answer.text.contains(code))
        }
    }

    @Test("a disabled account and an unassigned one end on an error page")
    func disabled() async throws {
        try await Site.run { site in
            var options = AccountOptions(address: "ana@contoso.test")
            options.disabled = true
            site.simulator.addAccount(options)
            let disabled = try await site.authorize()
            #expect(disabled.text.contains("AADSTS50057"))
            site.simulator.addOrganization(.init(domain: "fabrikam.test", assignmentRequired: true))
            let unassigned = try await site.authorize(["login_hint": "bo@fabrikam.test"])
            #expect(unassigned.text.contains("AADSTS50105"))
            var assigned = AccountOptions(address: "cy@fabrikam.test")
            assigned.assigned = true
            site.simulator.addAccount(assigned)
            let allowed = try await site.authorize(["login_hint": "cy@fabrikam.test"])
            #expect(allowed.redirect["code"] != nil)
        }
    }
}
