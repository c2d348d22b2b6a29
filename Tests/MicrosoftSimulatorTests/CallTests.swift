import Foundation
import HTTPTypes
import MicrosoftSimulator
import Testing

@Suite("Counting calls")
struct CallTests {
    @Test("calls are counted by operation, account, organisation and day")
    func counting() async throws {
        try await Site.run { site in
            let ana = try await site.connect()
            _ = try await site.connect("bo@outlook.com")
            site.simulator.clearRequests()
            _ = try await site.refresh(ana.refreshToken)
            _ = try await site.get("/v1.0/me", token: ana.accessToken)
            site.simulator.advanceClock(seconds: 86_400)
            _ = try await site.get("/v1.0/me/messages", token: ana.accessToken)
            _ = try await site.get("/common/discovery/v2.0/keys")
            let all = try await site.get("/simulator/calls")
            let total = try #require(all.json["all"] as? [String: Any])
            #expect(total["total"] as? Int == 4)
            #expect(total["operations"] as? [String: Int] == ["token": 1, "me": 1, "messages": 1, "keys": 1])
            #expect(total["refreshes"] as? Int == 1)
            #expect(total["refused"] as? Int == 1)
            #expect((all.json["graph"] as? [String: Any])?["total"] as? Int == 2)
            #expect((all.json["identity"] as? [String: Any])?["total"] as? Int == 2)
            #expect(all.json["days"] as? [String: Int] == ["2026-03-01": 2, "2026-03-02": 2])
            #expect(all.json["accounts"] as? Int == 1)
            #expect(all.string("lastCall") == "2026-03-02T09:15:02Z")
            let own = try await site.get("/simulator/calls?account=ana@contoso.test")
            #expect(own.json["total"] as? Int == 3)
            let personal = try await site.get("/simulator/calls?organization=consumers")
            #expect(personal.json["total"] as? Int == 0)
            let busiest = try await site.get("/simulator/calls/accounts?limit=1")
            let row = try #require((busiest.json["calls"] as? [[String: Any]])?.first)
            #expect(row["account"] as? String == "ana@contoso.test")
            let nobody = try await site.get("/simulator/calls?account=nobody@contoso.test")
            #expect(nobody.status == 404)
        }
    }

    @Test("thirty days without calls can be proven")
    func silence() async throws {
        try await Site.run { site in
            _ = try await site.connect()
            _ = try await site.send(.delete, "/simulator/calls")
            site.simulator.advanceClock(seconds: 30 * 86_400)
            #expect(site.simulator.calls == CallSummary())
            #expect(site.simulator.calls(of: .account("ana@contoso.test")) == CallCounts())
        }
    }

    @Test("a call that began before the counters were cleared is not counted", .timeLimit(.minutes(1)))
    func clearedUnderWay() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            var fault = Fault()
            fault.operation = .me
            fault.latencyMilliseconds = 300
            site.simulator.addFault(fault)
            async let slow = site.get("/v1.0/me", token: token)
            while site.simulator.requestCounts[.me] == nil { await Task.yield() }
            site.simulator.clearRequests()
            async let next = site.get("/v1.0/me", token: token)
            _ = try await (slow, next)
            let counts = try #require(site.simulator.calls(of: .account("ana@contoso.test")))
            #expect(counts.operations == [.me: 1])
            #expect(counts.highestConcurrency == 1)
            site.simulator.clearFaults()
            _ = try await site.get("/v1.0/me", token: token)
            #expect(site.simulator.calls(of: .account("ana@contoso.test"))?.highestConcurrency == 1)
        }
    }
}
