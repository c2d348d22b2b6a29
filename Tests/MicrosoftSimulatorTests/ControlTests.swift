import Foundation
import HTTPTypes
import MicrosoftSimulator
import Testing

@Suite("Faults and controls")
struct ControlTests {
    @Test("a fault applies to its operation the given number of times")
    func counted() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            let made = try await site.postJSON(
                "/simulator/faults",
                #"{"match":{"operation":"me"},"times":2,"skip":1,"status":429,"error":"TooManyRequests","retryAfter":7}"#
            )
            #expect(made.status == 200)
            var statuses: [Int] = []
            for _ in 1...4 { statuses.append(try await site.get("/v1.0/me", token: token).status) }
            #expect(statuses == [200, 429, 429, 200])
            #expect(site.simulator.requests.last { $0.status == 429 }?.isFault == true)
        }
    }

    @Test("a token fault carries its AADSTS number and Retry-After")
    func tokenFault() async throws {
        try await Site.run { site in
            let token = try await site.connect().refreshToken
            var fault = Fault()
            fault.operation = .token
            fault.error = "53003"
            fault.times = 1
            site.simulator.addFault(fault)
            let blocked = try await site.refresh(token)
            #expect(blocked.aadsts == 53003)
            #expect(blocked.string("suberror") == "message_only")
            fault.error = nil
            fault.status = 503
            fault.retryAfterSeconds = 30
            site.simulator.addFault(fault)
            let down = try await site.refresh(token)
            #expect(down.status == 503)
            #expect(down.string("error") == "temporarily_unavailable")
            #expect(down.header("Retry-After") == "30")
            let well = try await site.refresh(token)
            #expect(well.status == 200)
        }
    }

    @Test("a fault can be for one account, and lasts until cleared")
    func oneAccount() async throws {
        try await Site.run { site in
            let ana = try await site.connect().accessToken
            let bo = try await site.connect("bo@contoso.test").accessToken
            _ = try await site.postJSON(
                "/simulator/faults", #"{"match":{"account":"BO@contoso.test","path":"/v1.0/"},"status":500}"#
            )
            for _ in 1...3 {
                let broken = try await site.get("/v1.0/me", token: bo)
                #expect(broken.status == 500)
            }
            let well = try await site.get("/v1.0/me", token: ana)
            #expect(well.status == 200)
            _ = try await site.send(.delete, "/simulator/faults")
            let cleared = try await site.get("/v1.0/me", token: bo)
            #expect(cleared.status == 200)
        }
    }

    @Test("a fault can replace the response after the operation took effect")
    func takesEffect() async throws {
        try await Site.run { site in
            let code = try await site.code(for: "ana@contoso.test")
            _ = try await site.postJSON(
                "/simulator/faults", #"{"match":{"operation":"token"},"times":1,"body":"html","takesEffect":true}"#
            )
            let spoiled = try await site.redeem(code)
            #expect(spoiled.status == 503)
            #expect(spoiled.text.contains("<html>"))
            let again = try await site.redeem(code)
            #expect(again.aadsts == 54005)
            _ = try await site.postJSON(
                "/simulator/faults", #"{"match":{"operation":"token"},"times":1,"body":"garbage"}"#
            )
            let fresh = try await site.code(for: "ana@contoso.test")
            let garbage = try await site.redeem(fresh)
            #expect(garbage.json.isEmpty)
            let untouched = try await site.redeem(fresh)
            #expect(untouched.status == 200)
        }
    }

    @Test("connections can be cut before the response and in the middle of it", .timeLimit(.minutes(1)))
    func cutting() async throws {
        for body in ["close", "truncate"] {
            try await Site.run(live: true) { site in
                _ = try await site.postJSON("/simulator/faults", #"{"match":{"operation":"keys"},"body":"\#(body)"}"#)
                await #expect(throws: (any Error).self) { _ = try await site.get("/common/discovery/v2.0/keys") }
            }
        }
    }

    @Test("the fifth concurrent request for one mailbox is refused", .timeLimit(.minutes(1)))
    func concurrency() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            var fault = Fault()
            fault.operation = .me
            fault.latencyMilliseconds = 400
            site.simulator.addFault(fault)
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 1...5 { group.addTask { try await site.get("/v1.0/me", token: token).status } }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses.sorted() == [200, 200, 200, 200, 429])
        }
    }

    @Test("the clock can be moved, and every response's date follows", .timeLimit(.minutes(1)))
    func clock() async throws {
        try await Site.run(live: true) { site in
            let before = try await site.get("/common/discovery/v2.0/keys")
            #expect(before.header("Date") == "Sun, 01 Mar 2026 09:15:02 GMT")
            let moved = try await site.postJSON("/simulator/clock", #"{"advanceSeconds":86400}"#)
            #expect(moved.string("now") == "2026-03-02T09:15:02Z")
            let after = try await site.get("/v1.0/me")
            #expect(after.header("Date") == "Mon, 02 Mar 2026 09:15:02 GMT")
            _ = try await site.postJSON("/simulator/clock", #"{"set":"2030-12-31T23:59:59Z"}"#)
            let set = try await site.get("/simulator/clock")
            #expect(set.string("now") == "2030-12-31T23:59:59Z")
        }
    }

    @Test("the log counts redemptions per code, refreshes and Graph calls, and can be cleared")
    func log() async throws {
        try await Site.run { site in
            let answer = try await site.connect()
            _ = try await site.refresh(answer.refreshToken)
            _ = try await site.get("/v1.0/me", token: answer.accessToken)
            let log = try await site.get("/simulator/requests")
            #expect(log.json["graph"] as? Int == 1)
            #expect(log.json["refreshes"] as? Int == 1)
            #expect((log.json["counts"] as? [String: Int])?["token"] == 2)
            let codes = try #require(log.json["codes"] as? [String: [String: Int]])
            #expect(codes.values.map { $0 } == [["attempts": 1, "successes": 1]])
            #expect(!log.text.contains("code=") && !log.text.contains("n-1"))
            let filtered = try await site.get("/simulator/requests?operation=me&account=ana@contoso.test")
            let requests = try #require(filtered.json["requests"] as? [[String: Any]])
            #expect(requests.count == 1)
            #expect(requests.first?["status"] as? Int == 200)
            _ = try await site.send(.delete, "/simulator/requests")
            let empty = try await site.get("/simulator/requests")
            #expect((empty.json["requests"] as? [Any])?.isEmpty == true)
            #expect(empty.json["graph"] as? Int == 0)
        }
    }

    @Test(
        "an invalid control request is refused, naming the field",
        arguments: [
            ("accounts", #"{"address":"nonsense"}"#, "address"),
            ("accounts", #"{"address":"a@b.test","hasMailbox":"no"}"#, "hasMailbox"),
            ("accounts", #"{"address":"a@b.test","mailbox":false}"#, "mailbox"),
            ("accounts", #"{"address":"a@b.test","kind":"robot"}"#, "kind"),
            ("accounts", #"{"address":"a@b.test","guest":true}"#, "organization"),
            ("organizations", #"{"consentPolicy":"allowAll"}"#, "domain"),
            ("organizations", #"{"domain":"b.test","consentPolicy":"maybe"}"#, "consentPolicy"),
            ("faults", #"{"status":99}"#, "status"),
            ("faults", #"{"match":{"operation":"fly"},"status":500}"#, "match.operation"),
            ("faults", #"{"match":{"operation":"me"}}"#, "status"),
            ("token-shape", #"{"shapes":["square"]}"#, "shapes"),
            ("token-shape", "{}", "shapes"),
            ("clock", #"{"set":"tomorrow"}"#, "set"),
            ("clock", #"{"advanceSeconds":"1"}"#, "advanceSeconds"),
            ("behaviours", #"{"rotation":"sideways"}"#, "rotation"),
        ]
    )
    func nonsense(path: String, body: String, field: String) async throws {
        try await Site.run { site in
            let answer = try await site.postJSON("/simulator/\(path)", body)
            #expect(answer.status == 400)
            let error = answer.json["error"] as? [String: Any]
            #expect(error?["field"] as? String == field)
            #expect((error?["message"] as? String)?.isEmpty == false)
        }
    }

    @Test("accounts of every kind can be created, and a reset forgets everything")
    func accountsAndReset() async throws {
        try await Site.run { site in
            let made = try await site.postJSON(
                "/simulator/accounts",
                #"{"address":"ceo@corp.test","kind":"personal","displayName":"The Chief","mail":"outlook_1@outlook.com"}"#
            )
            #expect(made.status == 201)
            #expect(made.string("tid") == Site.consumers)
            #expect(made.string("mail") == "outlook_1@outlook.com")
            let answer = try await site.connect("ceo@corp.test")
            #expect(answer.claims["tid"] as? String == Site.consumers)
            #expect(answer.claims["name"] as? String == "The Chief")
            _ = try await site.postJSON("/simulator/reset", "")
            let gone = try await site.get("/v1.0/me", token: answer.accessToken)
            #expect(gone.status == 401)
            let list = try await site.get("/simulator/accounts")
            #expect((list.json["accounts"] as? [Any])?.isEmpty == true)
        }
    }

    @Test("behaviours can be read and changed")
    func behaviours() async throws {
        try await Site.run { site in
            let changed = try await site.postJSON(
                "/simulator/behaviours", #"{"rotation":"strict","personalMail":true}"#)
            #expect(changed.string("rotation") == "strict")
            #expect(site.simulator.behaviours.personalMail)
        }
    }

    @Test("an unknown control or address returns 404")
    func unknown() async throws {
        try await Site.run { site in
            let control = try await site.postJSON("/simulator/teapot", "{}")
            #expect(control.status == 404)
            let account = try await site.postJSON("/simulator/accounts/nobody@x.test/revoke", "{}")
            #expect(account.status == 404)
            let elsewhere = try await site.get("/favicon.ico")
            #expect(elsewhere.status == 404)
        }
    }
}
