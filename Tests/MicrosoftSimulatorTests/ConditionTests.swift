import Foundation
import HTTPTypes
import MicrosoftSimulator
import Testing

/// Each condition, from the control call to the response on the wire, and its removal.
@Suite("Conditions")
struct ConditionTests {
    /// The expected refusal of a refresh.
    struct Refusal: Sendable {
        let target: String
        let body: String
        let status: Int
        let error: String
        let code: Int?
        var suberror: String?
        var hasClaims = false
    }

    static let ana = "accounts/ana@contoso.test"
    static let contoso = "organizations/contoso.test"
    static let application = "applications/\(Site.clientID)"

    static let refusals: [Refusal] = [
        .init(
            target: ana, body: #"{"condition":"sessions_revoked"}"#, status: 400, error: "invalid_grant", code: 50173),
        .init(target: ana, body: #"{"condition":"password_reset"}"#, status: 400, error: "invalid_grant", code: 50173),
        .init(
            target: ana, body: #"{"condition":"password_changed","revokes":true,"code":50133}"#, status: 400,
            error: "invalid_grant", code: 50133
        ),
        .init(
            target: ana, body: #"{"condition":"password_expired"}"#, status: 400, error: "invalid_grant", code: 50055,
            suberror: "user_password_expired"
        ),
        .init(
            target: ana, body: #"{"condition":"sign_in_frequency"}"#, status: 400, error: "invalid_grant", code: 70043),
        .init(
            target: ana, body: #"{"condition":"mfa_required"}"#, status: 400, error: "interaction_required",
            code: 50076,
            suberror: "basic_action", hasClaims: true
        ),
        .init(
            target: ana, body: #"{"condition":"mfa_required","error":"invalid_grant"}"#, status: 400,
            error: "invalid_grant", code: 50076, suberror: "basic_action", hasClaims: true
        ),
        .init(
            target: ana, body: #"{"condition":"mfa_enrollment"}"#, status: 400, error: "interaction_required",
            code: 50079, suberror: "basic_action"
        ),
        .init(
            target: ana, body: #"{"condition":"conditional_access"}"#, status: 400, error: "invalid_grant", code: 53003,
            suberror: "message_only", hasClaims: true
        ),
        .init(
            target: ana, body: #"{"condition":"conditional_access","code":53000}"#, status: 400,
            error: "interaction_required", code: 53000, suberror: "message_only", hasClaims: true
        ),
        // This number appears only in the description.
        .init(
            target: ana, body: #"{"condition":"conditional_access","code":530003}"#, status: 400,
            error: "invalid_grant", code: nil, suberror: "message_only", hasClaims: true
        ),
        .init(target: ana, body: #"{"condition":"locked"}"#, status: 400, error: "invalid_grant", code: 50053),
        .init(target: ana, body: #"{"condition":"disabled"}"#, status: 400, error: "invalid_grant", code: 50057),
        .init(target: ana, body: #"{"condition":"deleted"}"#, status: 400, error: "invalid_grant", code: 50034),
        .init(
            target: ana, body: #"{"condition":"consent_removed"}"#, status: 400, error: "invalid_grant", code: 65001,
            suberror: "consent_required"
        ),
        .init(
            target: ana, body: #"{"condition":"refused","code":700084}"#, status: 400, error: "invalid_grant",
            code: 700084
        ),
        .init(
            target: ana, body: #"{"condition":"refused","error":"login_required"}"#, status: 400,
            error: "login_required",
            code: nil
        ),
        .init(
            target: contoso, body: #"{"condition":"sessions_revoked"}"#, status: 400, error: "invalid_grant",
            code: 50173
        ),
        .init(
            target: contoso, body: #"{"condition":"conditional_access"}"#, status: 400, error: "invalid_grant",
            code: 53003, suberror: "message_only", hasClaims: true
        ),
        .init(
            target: contoso, body: #"{"condition":"mfa_required"}"#, status: 400, error: "interaction_required",
            code: 50076, suberror: "basic_action", hasClaims: true
        ),
        .init(
            target: contoso, body: #"{"condition":"application_disabled"}"#, status: 400, error: "invalid_grant",
            code: 7_000_112
        ),
        .init(
            target: contoso, body: #"{"condition":"application_removed"}"#, status: 400, error: "unauthorized_client",
            code: 700016
        ),
        .init(
            target: contoso, body: #"{"condition":"application_removed","code":65001}"#, status: 400,
            error: "invalid_grant", code: 65001, suberror: "consent_required"
        ),
        .init(
            target: application, body: #"{"condition":"application_disabled"}"#, status: 400, error: "invalid_grant",
            code: 7_000_112
        ),
        .init(
            target: application, body: #"{"condition":"application_removed"}"#, status: 400,
            error: "unauthorized_client", code: 700016
        ),
        .init(
            target: application, body: #"{"condition":"single_tenant"}"#, status: 400, error: "unauthorized_client",
            code: 50194
        ),
        .init(
            target: application, body: #"{"condition":"refused","code":700027}"#, status: 401, error: "invalid_client",
            code: 700027
        ),
    ]

    @Test("a condition refuses the refresh in its own way; once removed, the token works", arguments: refusals)
    func refused(_ expected: Refusal) async throws {
        try await Site.run { site in
            let token = try await site.connect().refreshToken
            let made = try await site.postJSON("/simulator/\(expected.target)/conditions", expected.body)
            #expect(made.status == 201, "\(made.text)")
            let answer = try await site.refresh(token)
            #expect(answer.status == expected.status)
            #expect(answer.string("error") == expected.error)
            #expect(answer.aadsts == expected.code)
            #expect(answer.string("suberror") == expected.suberror)
            if expected.body.contains("530003") {
                #expect(answer.string("error_description")?.hasPrefix("AADSTS530003: ") == true)
                #expect((answer.json["error_codes"] as? [Any])?.isEmpty == true)
            }
            #expect(answer.string("error_description")?.contains("%") == false)
            if expected.hasClaims {
                let claims = try #require(answer.string("claims"))
                #expect(claims.hasPrefix(#"{"access_token":{"capolids":{"essential":true,"values":[""#))
            } else {
                #expect(answer.json["claims"] == nil)
            }
            let undone = try await site.send(.delete, "/simulator/\(expected.target)/conditions")
            #expect((undone.json["conditions"] as? [Any])?.isEmpty == true)
            let again = try await site.refresh(token)
            #expect(again.status == 200, "\(again.text)")
        }
    }

    @Test("one of several conditions is removed by name")
    func oneOfSeveral() async throws {
        try await Site.run { site in
            let token = try await site.connect().refreshToken
            site.simulator.put(Condition(.disabled), on: .account("ana@contoso.test"))
            site.simulator.put(Condition(.conditionalAccess), on: .organization("contoso.test"))
            let disabled = try await site.refresh(token)
            #expect(disabled.aadsts == 50057)
            _ = try await site.send(.delete, "/simulator/accounts/ana@contoso.test/conditions/disabled")
            let blocked = try await site.refresh(token)
            #expect(blocked.aadsts == 53003)
            let shown = try await site.get("/simulator/organizations/contoso.test/conditions")
            let list = try #require(shown.json["conditions"] as? [[String: Any]])
            #expect(list.first?["condition"] as? String == "conditional_access")
            #expect(list.first?["since"] as? String == "2026-03-01T09:15:02Z")
        }
    }

    @Test(
        "a new sign-in cures some conditions, even if the clock stands still, and not others",
        arguments: [
            (.sessionsRevoked, true), (.passwordReset, true), (.passwordExpired, true), (.mfaRequired, true),
            (.signInFrequency, true), (.consentRemoved, true), (.disabled, false), (.conditionalAccess, false),
            (.locked, false), (.deleted, false),
        ] as [(Condition.Kind, Bool)]
    )
    func signInAgain(kind: Condition.Kind, cures: Bool) async throws {
        try await Site.run { site in
            let dead = try await site.connect().refreshToken
            site.simulator.put(Condition(kind), on: .account("ana@contoso.test"))
            let authorize = try await site.authorize()
            guard cures else {
                // The person ends on an error page of Microsoft's.
                #expect(authorize.status == 400)
                #expect(authorize.location.isEmpty)
                return
            }
            let living = try await site.redeem(try #require(authorize.redirect["code"])).refreshToken
            let refreshed = try await site.refresh(living)
            #expect(refreshed.status == 200)
            // Only a new consent revives the old grant as well.
            let old = try await site.refresh(dead)
            #expect(old.status == (kind == .consentRemoved ? 200 : 400))
        }
    }

    @Test("a changed password does not affect a confidential client's tokens")
    func passwordChange() async throws {
        try await Site.run { site in
            let token = try await site.connect().refreshToken
            site.simulator.put(Condition(.passwordChanged), on: .account("ana@contoso.test"))
            let answer = try await site.refresh(token)
            #expect(answer.status == 200)
        }
    }

    @Test("the first new consent restores a removed application, without other people's consents")
    func removedApplication() async throws {
        try await Site.run { site in
            let ana = try await site.connect().refreshToken
            let bo = try await site.connect("bo@contoso.test").refreshToken
            let other = try await site.connect("cy@fabrikam.test").refreshToken
            site.simulator.put(Condition(.applicationRemoved), on: .organization("contoso.test"))
            let gone = try await site.refresh(bo)
            #expect(gone.aadsts == 700016)
            let elsewhere = try await site.refresh(other)
            #expect(elsewhere.status == 200)
            _ = try await site.connect()
            let back = try await site.refresh(ana)
            #expect(back.status == 200)
            let without = try await site.refresh(bo)
            #expect(without.aadsts == 65001)
        }
    }

    @Test("a condition can apply to one application only")
    func oneApplication() async throws {
        try await Site.run { site in
            let token = try await site.connect().refreshToken
            var condition = Condition(.disabled)
            condition.clientID = "11111111-2222-4333-8444-555555555555"
            site.simulator.put(condition, on: .account("ana@contoso.test"))
            let untouched = try await site.refresh(token)
            #expect(untouched.status == 200)
            condition.clientID = Site.clientID.uppercased()
            site.simulator.put(condition, on: .account("ana@contoso.test"))
            let hit = try await site.refresh(token)
            #expect(hit.aadsts == 50057)
        }
    }

    @Test("personal accounts get the generic number, and have no policies")
    func personal() async throws {
        try await Site.run { site in
            let token = try await site.connect("ana@outlook.com").refreshToken
            site.simulator.put(Condition(.consentRemoved), on: .account("ana@outlook.com"))
            let withdrawn = try await site.refresh(token)
            #expect(withdrawn.aadsts == 70000)
            #expect(withdrawn.string("error_description")?.contains("unauthorized or expired") == true)
            site.simulator.undo(nil, on: .account("ana@outlook.com"))
            site.simulator.put(Condition(.sessionsRevoked), on: .account("ana@outlook.com"))
            let expired = try await site.refresh(token)
            #expect(expired.aadsts == 70000)
            #expect(expired.string("error_description")?.contains("The grant is expired") == true)
            let path = "/simulator/accounts/ana@outlook.com/conditions"
            let policy = try await site.postJSON(path, #"{"condition":"conditional_access"}"#)
            #expect(policy.status == 400)
        }
    }

    @Test(
        "a condition on the wrong kind of target is refused, naming the field",
        arguments: [
            ("accounts/ana@contoso.test", #"{"condition":"single_tenant"}"#, "condition", 400),
            ("accounts/ana@contoso.test", #"{"condition":"refused"}"#, "code", 400),
            ("accounts/ana@contoso.test", "{}", "condition", 400),
            ("accounts/nobody@contoso.test", #"{"condition":"disabled"}"#, "address", 404),
            ("organizations/nowhere.test", #"{"condition":"mfa_required"}"#, "organization", 404),
            ("organizations/contoso.test", #"{"condition":"disabled"}"#, "condition", 400),
            ("applications/unknown", #"{"condition":"single_tenant"}"#, "clientId", 404),
        ]
    )
    func nonsense(target: String, body: String, field: String, status: Int) async throws {
        try await Site.run { site in
            _ = try await site.connect()
            let answer = try await site.postJSON("/simulator/\(target)/conditions", body)
            #expect(answer.status == status)
            #expect((answer.json["error"] as? [String: Any])?["field"] as? String == field)
        }
    }
}
