import Foundation
import HTTPTypes
import MicrosoftSimulator
import Testing

@Suite("Automatic replies and people's replies")
struct AutomaticReplyTests {
    private static func send(_ site: Site, _ token: String, to address: String) async throws {
        let body = #"{"message":{"subject":"Plan","toRecipients":[{"emailAddress":{"address":"\#(address)"}}]}}"#
        let sent = try await site.mail(.post, "/me/sendMail", body, token: token)
        #expect(sent.status == 202)
    }

    @Test("out of office from outside is an ordinary mail with its mark, once for each sender")
    func outside() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            _ = try await site.connect("bo@fabrikam.test")
            let made = try await site.postJSON(
                "/simulator/accounts/bo@fabrikam.test/replies",
                #"{"kind":"outOfOffice","text":"Back on Monday","delaySeconds":5}"#)
            #expect(made.status == 200)
            for _ in 1...2 { try await Self.send(site, token, to: "bo@fabrikam.test") }
            #expect(try await site.inbox(token).isEmpty)
            site.simulator.advanceClock(seconds: 5)
            let shown = try await site.inbox(token)
            #expect(shown.map { $0["subject"] as? String } == ["Automatic reply: Plan"])
            let item = try #require(site.simulator.mail(in: "ana@contoso.test").last)
            #expect(item.itemClass == "IPM.Note")
            #expect(item.headers["auto-submitted"] == "auto-replied")
            #expect(item.headers["x-auto-response-suppress"] == "All")
            // It is not in the sender's Sent Items, and nobody handed it over.
            #expect(site.simulator.mail(in: "bo@fabrikam.test").map(\.folder) == ["inbox", "inbox"])
            #expect(site.simulator.submissions(of: "bo@fabrikam.test").isEmpty)
        }
    }

    @Test("the mark can be missing")
    func unmarked() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            _ = try await site.connect("bo@fabrikam.test")
            var reply = AutomaticReply(.outOfOffice)
            reply.isMarked = false
            site.simulator.setAutomaticReplies([reply], of: "bo@fabrikam.test")
            try await Self.send(site, token, to: "bo@fabrikam.test")
            let item = try #require(site.simulator.mail(in: "ana@contoso.test").last)
            #expect(item.headers["auto-submitted"] == nil)
            #expect(item.headers["x-auto-response-suppress"] == "All")
        }
    }

    @Test("out of office inside an organisation is found by search and by message id alone, and not notified")
    func inside() async throws {
        try await Receiver.run { receiver in
            try await Site.run { site in
                let token = try await site.connect().accessToken
                _ = try await site.connect("bo@contoso.test")
                _ = try await site.subscribe(receiver, ["resource": "me/mailFolders('inbox')/messages"], token: token)
                receiver.clear()
                site.simulator.setAutomaticReplies([AutomaticReply(.outOfOffice)], of: "bo@contoso.test")
                try await Self.send(site, token, to: "bo@contoso.test")
                let item = try #require(site.simulator.mail(in: "ana@contoso.test").last)
                #expect(item.itemClass == "IPM.Note.Rules.OofTemplate.Microsoft")
                #expect(try await site.inbox(token).isEmpty)
                let all = try await site.get("/v1.0/me/messages", token: token)
                #expect(Site.subjects(all) == ["Plan"])
                let delta = try await site.get("/v1.0/me/mailFolders/inbox/messages/delta", token: token)
                #expect(Site.items(delta).isEmpty)
                let prefer = try Site.immutable
                let search = try await site.get(
                    "/v1.0/me/mailFolders/inbox/messages?" + Site.encoded(["$search": "\"automatic reply\""]),
                    token: token, headers: prefer)
                #expect(Site.ids(search) == [item.id])
                #expect(search.header("Preference-Applied") == nil)
                let named = try await site.get(
                    "/v1.0/me/mailFolders/inbox/messages?"
                        + Site.encoded(["$filter": "internetMessageId eq '\(item.internetMessageID)'"]),
                    token: token, headers: prefer)
                #expect(Site.ids(named) == [item.immutableID])
                await site.simulator.notificationsSettled()
                #expect(receiver.posts.isEmpty)
                let both = try await site.get(
                    "/v1.0/me/messages?" + Site.encoded(["$search": "x", "$filter": "isRead eq true"]), token: token)
                #expect(both.graphCode == "SearchWithFilter")
            }
        }
    }

    @Test("a person's reply joins the conversation, and may ask for no automatic answers without being one")
    func person() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            _ = try await site.connect("bo@fabrikam.test")
            _ = try await site.postJSON(
                "/simulator/accounts/bo@fabrikam.test/replies",
                #"{"kind":"person","text":"Yes","suppressesAnswers":true,"times":1}"#)
            // Two scripts must not answer each other for ever.
            site.simulator.setAutomaticReplies([AutomaticReply(.person)], of: "ana@contoso.test")
            for _ in 1...2 { try await Self.send(site, token, to: "bo@fabrikam.test") }
            let items = site.simulator.mail(in: "ana@contoso.test")
            let answers = items.filter { $0.folder == "inbox" }
            #expect(answers.map(\.subject) == ["RE: Plan"])
            #expect(answers.first?.conversationID == items.first?.conversationID)
            #expect(answers.first?.headers["x-auto-response-suppress"] == "All")
            #expect(answers.first?.headers["auto-submitted"] == nil)
            #expect(
                site.simulator.mail(in: "bo@fabrikam.test").map(\.folder).sorted() == ["inbox", "inbox", "sentitems"])
        }
    }
}
