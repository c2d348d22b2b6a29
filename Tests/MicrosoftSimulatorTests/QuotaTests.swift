import Foundation
import HTTPTypes
import MicrosoftSimulator
import Testing

@Suite("Limits on sending")
struct QuotaTests {
    private static func send(_ site: Site, _ token: String, to addresses: String...) async throws -> Answer {
        let list = addresses.map { #"{"emailAddress":{"address":"\#($0)"}}"# }.joined(separator: ",")
        return try await site.mail(
            .post, "/me/sendMail", #"{"message":{"subject":"Hi","toRecipients":[\#(list)]}}"#, token: token)
    }

    @Test("recipients are limited per mailbox in 24 hours, and a refused message has no effect")
    func daily() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            let path = "/simulator/accounts/ana@contoso.test/quota"
            _ = try await site.postJSON(path, #"{"dailyRecipients":3}"#)
            let first = try await Self.send(site, token, to: "a@x.test", "b@x.test")
            #expect(first.status == 202)
            let draft = try await site.draft("d", to: "a@x.test", more: "", token: token)
            let refused = try await Self.send(site, token, to: "c@x.test", "d@x.test")
            #expect(refused.status == 429)
            #expect(refused.graphCode == "ErrorExceededMessageLimit")
            let used = try await site.get(path)
            #expect(used.json["recipientsSent"] as? Int == 2)
            try await site.sendDraft(draft, token: token)
            let second = try await site.draft("e", to: "a@x.test", token: token)
            let kept = try await site.send(.post, "/v1.0/me/messages/\(second)/send", token: token)
            #expect(kept.graphCode == "ErrorExceededMessageLimit")
            let there = try await site.get("/v1.0/me/messages/\(second)", token: token)
            #expect(there.status == 200)
            #expect(site.simulator.submissions(of: "ana@contoso.test").count == 2)
            site.simulator.advanceClock(seconds: 86_401)
            let fresh = try await site.connect().accessToken
            let next = try await Self.send(site, fresh, to: "c@x.test", "d@x.test")
            #expect(next.status == 202)
        }
    }

    @Test("an organisation's external recipients are counted, and too many come back as 5.7.233")
    func tenant() async throws {
        try await Site.run { site in
            let ana = try await site.connect().accessToken
            let cy = try await site.connect("cy@contoso.test").accessToken
            let path = "/simulator/organizations/contoso.test/quota"
            let licensed = try await site.postJSON(path, #"{"licences":25}"#)
            #expect(licensed.json["externalRecipients"] as? Int == 14_259)
            _ = try await site.postJSON(path, #"{"externalRecipients":2}"#)
            _ = try await Self.send(site, ana, to: "a@x.test", "cy@contoso.test")
            _ = try await Self.send(site, cy, to: "a@x.test")
            _ = try await Self.send(site, ana, to: "b@x.test", "cy@contoso.test")
            let used = try await site.get(path)
            #expect(used.json["externalRecipientsSent"] as? Int == 2)
            let reports = try await site.inbox(ana)
            #expect(reports.count == 1)
            let text = (reports.first?["body"] as? [String: String])?["content"] ?? ""
            #expect(text.contains("b@x.test") && text.contains("5.7.233"))
            #expect(site.simulator.mail(in: "cy@contoso.test").count { $0.folder == "inbox" } == 2)
            site.simulator.advanceClock(seconds: 86_400)
            #expect(site.simulator.externalRecipients(of: "contoso.test") == 0)
        }
    }

    @Test("more messages than the minute allows are late, not refused")
    func rate() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            _ = try await site.connect("bo@fabrikam.test")
            _ = try await site.postJSON("/simulator/accounts/ana@contoso.test/quota", #"{"messagesPerMinute":2}"#)
            for _ in 1...5 {
                let sent = try await Self.send(site, token, to: "bo@fabrikam.test")
                #expect(sent.status == 202)
            }
            var counts: [Int] = []
            for _ in 1...3 {
                counts.append(site.simulator.mail(in: "bo@fabrikam.test").count)
                site.simulator.advanceClock(seconds: 60)
            }
            #expect(counts == [2, 4, 5])
        }
    }

    @Test("a blocked mailbox cannot send in any way")
    func blocked() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            let draft = try await site.draft("d", to: "a@x.test", token: token)
            var quota = MailboxQuota()
            quota.isBlocked = true
            site.simulator.setQuota(quota, of: "ana@contoso.test")
            let mail = try await Self.send(site, token, to: "a@x.test")
            #expect(mail.status == 403)
            #expect(mail.graphCode == "ErrorMessageSubmissionBlocked")
            let sent = try await site.send(.post, "/v1.0/me/messages/\(draft)/send", token: token)
            #expect(sent.graphCode == "ErrorMessageSubmissionBlocked")
        }
    }
}
