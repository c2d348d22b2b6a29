import Foundation
import HTTPTypes
import MicrosoftSimulator
import Testing

@Suite("Graph: replies, moves and deletions")
struct ReplyTests {
    private static func conversation(_ item: [String: Any]?) -> String? { item?["conversationId"] as? String }

    @Test("a reply carries the thread, and joins the conversation of the mail that it answers")
    func reply() async throws {
        try await Site.run { site in
            let ana = try await site.connect().accessToken
            let bo = try await site.connect("bo@fabrikam.test").accessToken
            let draft = try await site.draft("Hi", to: "bo@fabrikam.test", token: ana)
            try await site.sendDraft(draft, token: ana)
            let received = try #require(try await site.inbox(bo).first)
            let id = try #require(received["id"] as? String)
            let sent = try await site.mail(.post, "/me/messages/\(id)/reply", #"{"comment":"Thanks"}"#, token: bo)
            #expect(sent.status == 202)
            #expect(sent.text.isEmpty)
            let answer = try #require(try await site.inbox(ana).first)
            #expect(answer["subject"] as? String == "RE: Hi")
            let copies = try await site.get("/v1.0/me/mailFolders/sentitems/messages", token: ana)
            #expect(Self.conversation(answer) == Self.conversation(Site.items(copies).first))
            #expect(Self.conversation(answer) != Self.conversation(received))
            let there = site.simulator.mail(in: "bo@fabrikam.test")
            #expect(there.map(\.folder) == ["inbox", "sentitems"])
            #expect(Set(there.map(\.conversationID)).count == 1)
            let item = try #require(site.simulator.mail(in: "ana@contoso.test").last)
            #expect(item.headers["in-reply-to"] == received["internetMessageId"] as? String)
            #expect(item.headers["references"] == received["internetMessageId"] as? String)
            // A mail without a relation begins a conversation.
            try site.receive(["Hi"])
            let conversations = try await site.inbox(ana).compactMap(Self.conversation)
            #expect(Set(conversations).count == 2)
        }
    }

    @Test("createReply, createReplyAll and createForward make drafts with the right recipients")
    func drafts() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            var mail = IncomingMail(from: "bo@fabrikam.test")
            mail.subject = "Plan"
            mail.to = ["ana@contoso.test", "cy@fabrikam.test"]
            mail.cc = ["di@fabrikam.test"]
            mail.headers = [("Reply-To", "desk@fabrikam.test"), ("Message-ID", "<plan@fabrikam.test>")]
            let id = try #require(site.simulator.deliver(mail, to: "ana@contoso.test")).id
            func addresses(_ answer: Answer, _ name: String) -> [String] {
                (answer.json[name] as? [[String: Any]] ?? []).compactMap {
                    ($0["emailAddress"] as? [String: Any])?["address"] as? String
                }
            }
            let one = try await site.mail(.post, "/me/messages/\(id)/createReply", "", token: token)
            #expect(one.status == 201)
            #expect(one.json["isDraft"] as? Bool == true)
            #expect(addresses(one, "toRecipients") == ["desk@fabrikam.test"])
            let all = try await site.mail(
                .post, "/me/messages/\(id)/microsoft.graph.createReplyAll", "{}", token: token)
            #expect(addresses(all, "toRecipients") == ["desk@fabrikam.test", "cy@fabrikam.test"])
            #expect(addresses(all, "ccRecipients") == ["di@fabrikam.test"])
            let forward = try await site.mail(
                .post, "/me/messages/\(id)/createForward",
                #"{"ToRecipients":[{"EmailAddress":{"Address":"eve@x.test"}}],"comment":"See below"}"#, token: token)
            #expect(forward.string("subject") == "FW: Plan")
            #expect(addresses(forward, "toRecipients") == ["eve@x.test"])
            let both = try await site.mail(
                .post, "/me/messages/\(id)/reply",
                #"{"comment":"x","message":{"body":{"contentType":"text","content":"y"}}}"#, token: token)
            #expect(both.status == 400)
            let nobody = try await site.mail(.post, "/me/messages/\(id)/forward", #"{"comment":"x"}"#, token: token)
            #expect(nobody.graphCode == "ErrorInvalidRecipients")
        }
    }

    @Test("a move gives a new regular id, a copy new ids of both kinds")
    func moving() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            try site.receive(["x"])
            let item = try #require(site.simulator.mail(in: "ana@contoso.test").first)
            let moved = try await site.mail(
                .post, "/me/messages/\(item.id)/move", #"{"destinationId":"junkemail"}"#, token: token)
            #expect(moved.status == 201)
            let after = try #require(site.simulator.mail(in: "ana@contoso.test").first)
            #expect(after.folder == "junkemail")
            #expect(after.id == moved.string("id"))
            #expect(after.id != item.id)
            #expect(after.immutableID == item.immutableID)
            let copied = try await site.mail(
                .post, "/me/messages/\(item.immutableID)/copy", #"{"DestinationId":"archive"}"#, token: token)
            #expect(copied.status == 201)
            let all = site.simulator.mail(in: "ana@contoso.test")
            #expect(all.map(\.folder) == ["junkemail", "archive"])
            #expect(Set(all.map(\.immutableID)).count == 2)
            let nowhere = try await site.mail(
                .post, "/me/messages/\(after.id)/move", #"{"destinationId":"nowhere"}"#, token: token)
            #expect(nowhere.status == 404)
        }
    }

    @Test("a deletion goes to Deleted Items, a second one is final, and both are in the journal")
    func deleting() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            try site.receive(["x", "y"])
            let items = site.simulator.mail(in: "ana@contoso.test")
            _ = try await site.send(.delete, "/v1.0/me/messages/\(items[0].id)", token: token)
            #expect(site.simulator.mail(in: "ana@contoso.test").map(\.folder) == ["deleteditems", "inbox"])
            let second = try await site.send(.delete, "/v1.0/me/messages/\(items[0].immutableID)", token: token)
            #expect(second.status == 204)
            _ = try await site.send(.post, "/v1.0/me/messages/\(items[1].id)/permanentDelete", token: token)
            #expect(site.simulator.mail(in: "ana@contoso.test").isEmpty)
            let missing = try await site.send(.delete, "/v1.0/me/messages/\(items[0].id)", token: token)
            #expect(missing.graphCode == "ErrorItemNotFound")
            #expect(site.simulator.requestCounts[.deletion] == 4)
        }
    }
}
