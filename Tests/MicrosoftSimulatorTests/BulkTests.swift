import Foundation
import HTTPTypes
import MicrosoftSimulator
import Testing

@Suite("Connections in bulk")
struct BulkTests {
    @Test("accounts connect without a browser, and their grants work like any other")
    func bulk() async throws {
        try await Site.run { site in
            let made = try await site.postJSON(
                "/simulator/connections",
                #"{"addresses":["ana@contoso.test","bo@outlook.com"],"clientId":"\#(Site.clientID)","#
                    + #""scope":"openid offline_access User.Read Mail.Read"}"#)
            #expect(made.status == 201, "\(made.text)")
            let list = try #require(made.json["connections"] as? [[String: Any]])
            #expect(list.map { $0["kind"] as? String } == ["work", "personal"])
            for row in list {
                let first = try #require(row["refreshToken"] as? String)
                let answer = try await site.refresh(first)
                #expect(answer.status == 200)
                let graph = try await site.get("/v1.0/me", token: answer.accessToken)
                #expect(graph.json["id"] as? String == row["graphId"] as? String)
                let next = try await site.refresh(answer.refreshToken)
                #expect(next.status == 200)
            }
            site.simulator.advanceClock(seconds: 91 * 86_400)
            let late = try await site.refresh(try #require(list[0]["refreshToken"] as? String))
            #expect(late.aadsts == 700082)
        }
    }

    @Test("the bulk token of an account that was not connected in bulk is unknown")
    func unknown() async throws {
        try await Site.run { site in
            _ = try await site.connect()
            let answer = try await site.refresh("1.ABulk.ana@contoso.test")
            #expect(answer.aadsts == 70000)
            let bad = try await site.postJSON(
                "/simulator/connections", #"{"addresses":["x"],"clientId":"\#(Site.clientID)","scope":"openid"}"#)
            #expect(bad.status == 400)
        }
    }
}
