import Foundation
import HTTPTypes
import MicrosoftSimulator
import Testing

@Suite("Placement")
struct PlacementTests {
    private static func send(_ site: Site, from token: String, to address: String) async throws {
        let body = #"{"message":{"subject":"Hi","toRecipients":[{"emailAddress":{"address":"\#(address)"}}]}}"#
        _ = try await site.mail(.post, "/me/sendMail", body, token: token)
    }

    @Test("received mail says why it landed where it did; mail inside an organisation skipped the filter")
    func verdicts() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            for address in ["bo@fabrikam.test", "cy@contoso.test"] { _ = try await site.connect(address) }
            let made = try await site.postJSON(
                "/simulator/placements",
                #"{"sender":"contoso.test","folder":"junkemail","bcl":7,"dmarc":"fail","compauth":"fail","reason":"001","sfty":"9.25"}"#
            )
            #expect(made.status == 200)
            try await Self.send(site, from: token, to: "bo@fabrikam.test")
            try await Self.send(site, from: token, to: "cy@contoso.test")
            let outside = try #require(site.simulator.mail(in: "bo@fabrikam.test").first)
            #expect(outside.folder == "junkemail")
            let report = try #require(outside.headers["x-forefront-antispam-report"])
            for part in ["SCL:5;", "SFV:SPM;", "CAT:SPM;", "SFTY:9.25;"] { #expect(report.contains(part)) }
            #expect(outside.headers["x-microsoft-antispam"] == "BCL:7;")
            let results = try #require(outside.headers["authentication-results"])
            #expect(results.contains("spf=pass") && results.contains("dmarc=fail action=quarantine"))
            #expect(results.hasSuffix("compauth=fail reason=001"))
            let inside = try #require(site.simulator.mail(in: "cy@contoso.test").first)
            #expect(inside.folder == "inbox")
            #expect(inside.headers["x-forefront-antispam-report"]?.contains("SCL:-1;SRV:;IPV:NLI;SFV:SKI;") == true)
            #expect(inside.headers["authentication-results"] == nil)
        }
    }

    @Test("zero-hour auto purge moves unread mail out of the inbox, and leaves what was read")
    func purge() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            _ = try await site.postJSON(
                "/simulator/placements", #"{"sender":"outside.example","purgeAfterSeconds":3600}"#)
            try site.receive(["read", "unread"])
            let items = site.simulator.mail(in: "ana@contoso.test")
            _ = try await site.mail(.patch, "/me/messages/\(items[0].id)", #"{"isRead":true}"#, token: token)
            site.simulator.advanceClock(seconds: 3590)
            #expect(site.simulator.mail(in: "ana@contoso.test").map(\.folder) == ["inbox", "inbox"])
            site.simulator.advanceClock(seconds: 20)
            let after = site.simulator.mail(in: "ana@contoso.test")
            #expect(after.map(\.folder) == ["inbox", "junkemail"])
            #expect(after[1].id != items[1].id)
            #expect(after[1].immutableID == items[1].immutableID)
            let late = try await site.postJSON("/simulator/placements", #"{"purgeAfterSeconds":200000}"#)
            #expect(late.status == 400)
        }
    }

    @Test("folders have names in the owner's language, and answer to their well-known names")
    func languages() async throws {
        try await Site.run { site in
            _ = try await site.postJSON(
                "/simulator/accounts", #"{"address":"eva@contoso.test","language":"de-CH"}"#)
            let token = try await site.connect("eva@contoso.test").accessToken
            let inbox = try await site.get("/v1.0/me/mailFolders/inbox", token: token)
            #expect(inbox.string("displayName") == "Posteingang")
            let english = try await site.connect().accessToken
            let list = try await site.get("/v1.0/me/mailFolders", token: english)
            #expect(Site.items(list).first?["displayName"] as? String == "Inbox")
        }
    }
}
