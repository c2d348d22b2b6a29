import Foundation
import HTTPTypes
import MicrosoftSimulator
import Testing

@Suite("Throttling")
struct ThrottleTests {
    @Test("a mailbox has its own limit, with Retry-After to the end of the window")
    func mailbox() async throws {
        try await Site.run { site in
            let ana = try await site.connect().accessToken
            let bo = try await site.connect("bo@contoso.test").accessToken
            let set = try await site.postJSON(
                "/simulator/accounts/ana@contoso.test/throttle", #"{"on":"graph","requests":2,"windowSeconds":60}"#
            )
            #expect(set.status == 200)
            site.simulator.clearRequests()
            for _ in 1...2 {
                let well = try await site.get("/v1.0/me", token: ana)
                #expect(well.status == 200)
            }
            site.simulator.advanceClock(seconds: 20)
            let refused = try await site.get("/v1.0/me", token: ana)
            #expect(refused.status == 429)
            #expect(refused.graphCode == "TooManyRequests")
            #expect(refused.header("Retry-After") == "40")
            let other = try await site.get("/v1.0/me", token: bo)
            #expect(other.status == 200)
            site.simulator.advanceClock(seconds: 39)
            _ = try await site.get("/v1.0/me", token: ana)
            site.simulator.advanceClock(seconds: 1)
            let later = try await site.get("/v1.0/me", token: ana)
            #expect(later.status == 200)
            let counts = try #require(site.simulator.calls(of: .account("ana@contoso.test")))
            #expect(counts.operations == [.me: 5])
            #expect(counts.throttled == 2)
            #expect(counts.early == 1)
            #expect(site.simulator.calls(of: .account("bo@contoso.test"))?.throttled == 0)
        }
    }

    @Test("throttling an organisation affects its tokens and Graph calls, and no other organisation")
    func organization() async throws {
        try await Site.run { site in
            let ana = try await site.connect()
            let bo = try await site.connect("bo@contoso.test")
            let cy = try await site.connect("cy@fabrikam.test")
            _ = try await site.postJSON("/simulator/organizations/contoso.test/throttle", #"{"forSeconds":300}"#)
            site.simulator.clearRequests()
            let graph = try await site.get("/v1.0/me", token: ana.accessToken)
            #expect(graph.status == 429)
            #expect(graph.header("Retry-After") == "300")
            let token = try await site.refresh(bo.refreshToken)
            #expect(token.status == 429)
            #expect(token.aadsts == 90055)
            #expect(token.string("error") == "temporarily_unavailable")
            #expect(token.header("Retry-After") == "300")
            // The tenant was asked to wait, so a call for another of its mailboxes is early.
            _ = try await site.get("/v1.0/me", token: bo.accessToken)
            let elsewhere = try await site.refresh(cy.refreshToken)
            #expect(elsewhere.status == 200)
            let counts = try await site.get("/simulator/calls?organization=contoso.test")
            #expect(counts.json["throttled"] as? Int == 3)
            #expect(counts.json["early"] as? Int == 1)
            site.simulator.advanceClock(seconds: 300)
            let later = try await site.refresh(bo.refreshToken)
            #expect(later.status == 200)
        }
    }

    @Test("the token endpoint alone can be throttled, and released again")
    func tokenAlone() async throws {
        try await Site.run { site in
            let ana = try await site.connect()
            let path = "/simulator/organizations/contoso.test/throttle"
            _ = try await site.postJSON(path, #"{"on":"token","requests":0,"retryAfter":7}"#)
            let refused = try await site.refresh(ana.refreshToken)
            #expect(refused.header("Retry-After") == "7")
            let graph = try await site.get("/v1.0/me", token: ana.accessToken)
            #expect(graph.status == 200)
            let freed = try await site.send(.delete, path)
            #expect(freed.json["throttle"] is NSNull)
            let answer = try await site.refresh(ana.refreshToken)
            #expect(answer.status == 200)
        }
    }

    @Test("a concurrency limit refuses further calls", .timeLimit(.minutes(1)))
    func concurrency() async throws {
        try await Site.run { site in
            var tokens: [String] = []
            for name in ["ana", "bo", "cy"] {
                tokens.append(try await site.connect("\(name)@contoso.test").accessToken)
            }
            _ = try await site.postJSON("/simulator/organizations/contoso.test/throttle", #"{"concurrency":2}"#)
            var fault = Fault()
            fault.operation = .me
            fault.latencyMilliseconds = 400
            site.simulator.addFault(fault)
            site.simulator.clearRequests()
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for token in tokens { group.addTask { try await site.get("/v1.0/me", token: token).status } }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses.sorted() == [200, 200, 429])
            #expect(site.simulator.calls.highestOrganizationConcurrency == 3)
            #expect(site.simulator.calls.highestAccountConcurrency == 1)
            #expect(site.simulator.calls.graph.highestConcurrency == 3)
        }
    }
}
