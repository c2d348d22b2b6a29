import Foundation
import MicrosoftSimulator
import Testing

@Suite("Consent policies")
struct ConsentPolicyTests {
    @Test("Microsoft's managed policy lets users consent to Mail.Send, but not to mail-read scopes")
    func managed() async throws {
        try await Site.run(policy: .microsoftManaged) { site in
            let blocked = try await site.authorize()
            // Identical to a cancellation.
            #expect(blocked.redirect == ["error": "access_denied", "error_subcode": "cancel", "state": "a b+c/ü="])
            let sending = try await site.authorize(["scope": "openid offline_access User.Read Mail.Send"])
            #expect(sending.redirect["code"] != nil)
            let personal = try await site.authorize(["login_hint": "ana@outlook.com"])
            #expect(personal.redirect["code"] != nil)
        }
    }

    @Test("the approval page has a request form only if the workflow is on")
    func approvalPage() async throws {
        try await Site.run(policy: .microsoftManaged) { site in
            let chosen: [String: String?] = ["simulator_decision": nil, "simulator_account": "ana@contoso.test"]
            let page = try await site.authorize(chosen)
            #expect(page.text.contains("Need admin approval"))
            #expect(page.text.contains("Return to the application without granting consent"))
            #expect(!page.text.contains("request_approval"))
            site.simulator.addOrganization(.init(domain: "contoso.test", adminConsentWorkflow: true))
            let workflow = try await site.authorize(chosen)
            #expect(workflow.text.contains("value=\"request_approval\""))
            let sent = try await site.authorize(chosen.merging(["simulator_decision": "request_approval"]) { $1 })
            #expect(sent.text.contains("Request sent"))
            #expect(sent.location.isEmpty)
        }
    }

    @Test("prompt=none reports that an administrator is needed")
    func silent() async throws {
        try await Site.run(policy: .microsoftManaged) { site in
            _ = try await site.connect(scope: "openid User.Read")
            let answer = try await site.authorize(["prompt": "none", "simulator_decision": nil])
            #expect(answer.redirect["error_description"]?.hasPrefix("AADSTS90094") == true)
        }
    }

    @Test("with the policy disabled only administrators consent; verifiedOnly allows verified publishers")
    func otherPolicies() async throws {
        try await Site.run { site in
            site.simulator.addOrganization(.init(domain: "contoso.test", consentPolicy: .disabled))
            let disabled = try await site.authorize(["scope": "openid User.Read"])
            #expect(disabled.redirect["error_subcode"] == "cancel")
            site.simulator.addOrganization(.init(domain: "contoso.test", consentPolicy: .verifiedOnly))
            let verified = try await site.authorize()
            #expect(verified.redirect["code"] != nil)
            _ = try await site.postJSON("/simulator/application", #"{"publisherVerified":false}"#)
            let unverified = try await site.authorize(["login_hint": "new@contoso.test"])
            #expect(unverified.redirect["error"] == "access_denied")
        }
    }

    @Test("an administrator's consent takes effect after its delay")
    func adminConsent() async throws {
        try await Site.run(policy: .microsoftManaged) { site in
            let tid = site.simulator.addOrganization(.init(domain: "contoso.test"))
            site.simulator.behaviours.adminConsentDelaySeconds = 60
            let fields: [String: String?] = [
                "client_id": Site.clientID, "redirect_uri": Site.redirectURI, "state": "s",
                "scope": "https://graph.microsoft.com/User.Read https://graph.microsoft.com/Mail.ReadWrite "
                    + "https://graph.microsoft.com/Mail.Send",
                "simulator_decision": "accept",
            ]
            let answer = try await site.get("/\(tid)/v2.0/adminconsent?\(Site.encoded(fields))")
            #expect(answer.location.contains("admin_consent=True"))
            #expect(answer.redirect["tenant"] == tid)
            #expect(answer.redirect["state"] == "s")
            #expect(answer.redirect["code"] == nil)
            let early = try await site.authorize()
            #expect(early.redirect["error"] == "access_denied")
            site.simulator.advanceClock(seconds: 61)
            let late = try await site.authorize()
            #expect(late.redirect["code"] != nil)
        }
    }

    @Test("a refused administrator consent has an error, an error_uri, no tenant and a stray #")
    func adminRefused() async throws {
        try await Site.run { site in
            let fields: [String: String?] = [
                "client_id": Site.clientID, "redirect_uri": Site.redirectURI, "state": "s",
                "scope": "https://graph.microsoft.com/.default", "simulator_decision": "decline",
            ]
            let answer = try await site.get(
                "/organizations/v2.0/adminconsent?login_hint=boss@contoso.test&\(Site.encoded(fields))"
            )
            #expect(answer.redirect["error"] == "access_denied")
            #expect(answer.redirect["error_uri"] != nil)
            #expect(answer.redirect["tenant"] == nil)
            #expect(answer.location.hasSuffix("#"))
            // Not available under `common`.
            let common = try await site.get("/common/v2.0/adminconsent?\(Site.encoded(fields))")
            #expect(common.status == 400)
            #expect(common.location.isEmpty)
        }
    }
}
