import Foundation
import MicrosoftSimulator
import Testing

@Suite("Pages for people")
struct PageTests {
    @Test("sign-in is prefilled from the hint, then consent describes the scopes")
    func signInAndConsent() async throws {
        try await Site.run { site in
            let signIn = try await site.authorize(["simulator_decision": nil])
            #expect(signIn.status == 200)
            #expect(signIn.text.contains("value=\"ana@contoso.test\""))
            #expect(signIn.text.contains("<label for=\"account\">"))
            #expect(!signIn.text.contains("type=\"password\""))
            // The form carries the request, escaped.
            #expect(signIn.text.contains("name=\"code_challenge\" value=\"\(Site.challenge)\""))

            let consent = try await site.authorize(["simulator_decision": nil, "simulator_account": "ana@contoso.test"])
            #expect(consent.text.contains("Permissions requested"))
            #expect(consent.text.contains("Read and write access to your mail"))
            #expect(consent.text.contains("Maintain access to data you have given it access to"))
            #expect(consent.text.contains("value=\"accept\""))
            #expect(consent.text.contains("value=\"decline\""))
        }
    }

    @Test("submitting the forms leads to the code")
    func clickThrough() async throws {
        try await Site.run { site in
            let start = try await site.authorize(["simulator_decision": nil])
            var form = Self.hiddenFields(start.text)
            form["simulator_account"] = "ana@contoso.test"
            let consent = try await site.postForm("/common/oauth2/v2.0/authorize", form)
            var decision = Self.hiddenFields(consent.text)
            decision["simulator_decision"] = "accept"
            let done = try await site.postForm("/common/oauth2/v2.0/authorize", decision)
            #expect(done.redirect["state"] == "a b+c/ü=")
            let token = try await site.redeem(try #require(done.redirect["code"]))
            #expect(token.status == 200)
        }
    }

    @Test("an existing consent is not asked for again, unless prompt=consent")
    func secondTime() async throws {
        try await Site.run { site in
            _ = try await site.connect()
            let chosen: [String: String?] = ["simulator_decision": nil, "simulator_account": "ana@contoso.test"]
            let straight = try await site.authorize(chosen)
            #expect(straight.redirect["code"] != nil)
            let asked = try await site.authorize(chosen.merging(["prompt": "consent"]) { $1 })
            #expect(asked.text.contains("Permissions requested"))
        }
    }

    @Test("select_account shows the picker and ignores the hint")
    func picker() async throws {
        try await Site.run { site in
            _ = try await site.connect("bo@fabrikam.test")
            let answer = try await site.authorize(["prompt": "select_account", "simulator_decision": nil])
            #expect(answer.text.contains("Pick an account"))
            #expect(answer.text.contains(">bo@fabrikam.test</button>"))
            #expect(!answer.text.contains("name=\"simulator_account\" value=\"ana@contoso.test\""))
        }
    }

    @Test("values are escaped")
    func escaping() async throws {
        try await Site.run { site in
            let answer = try await site.authorize([
                "simulator_decision": nil, "login_hint": "\"><script>alert(1)</script>",
            ])
            #expect(!answer.text.contains("<script>alert"))
        }
    }

    private static func hiddenFields(_ html: String) -> [String: String?] {
        var fields: [String: String?] = [:]
        for match in html.matches(of: /<input type="hidden" name="([^"]*)" value="([^"]*)">/) {
            fields[String(match.1)] = String(match.2).replacingOccurrences(of: "&amp;", with: "&")
        }
        return fields
    }
}
