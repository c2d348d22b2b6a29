import Foundation
import HTTPTypes
import MicrosoftSimulator
import Testing

@Suite("Graph: drafts and their traces")
struct DraftTests {
    private static let stamp =
        #","singleValueExtendedProperties":[{"id":"\#(Site.property)","value":"send-1"}]"#
    private static let lowered = "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name hearth"

    private static var filter: String {
        Site.encoded([
            "$filter":
                "singleValueExtendedProperties/any(ep: ep/id eq '\(lowered)' and ep/value eq 'send-1') and isDraft eq false"
        ])
    }

    private static var expand: String {
        Site.encoded(["$expand": "singleValueExtendedProperties($filter=id eq '\(lowered)')"])
    }

    @Test("a sent draft's ids are not found any more; the copy is found by property, message id and conversation")
    func sentDraft() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            let bo = try await site.connect("bo@fabrikam.test").accessToken
            let id = try await site.draft(
                "Hi", to: "bo@fabrikam.test", more: Self.stamp, token: token, immutable: true)
            let before = try await site.get("/v1.0/me/messages/\(id)", token: token)
            try await site.sendDraft(id, token: token)
            for gone in [id, try #require(before.string("id"))] {
                let answer = try await site.get("/v1.0/me/messages/\(gone)", token: token)
                #expect(answer.graphCode == "ErrorItemNotFound")
            }
            let found = try await site.get("/v1.0/me/messages?\(Self.filter)&\(Self.expand)", token: token)
            let copy = try #require(Site.items(found).first)
            #expect(Site.items(found).count == 1)
            #expect(copy["internetMessageId"] as? String == before.string("internetMessageId"))
            #expect(copy["conversationId"] as? String == before.string("conversationId"))
            let properties = copy["singleValueExtendedProperties"] as? [[String: String]]
            #expect(properties == [["id": Self.lowered, "value": "send-1"]])
            let one = try await site.get(
                "/v1.0/me/messages/\(try #require(copy["id"] as? String))?\(Self.expand)", token: token)
            #expect((one.json["singleValueExtendedProperties"] as? [Any])?.count == 1)
            // The recipient does not see the sender's property.
            let theirs = try await site.get("/v1.0/me/messages?\(Self.filter)", token: bo)
            #expect(Site.items(theirs).isEmpty)
            #expect(try await site.inbox(bo).count == 1)
        }
    }

    @Test("extended properties need more than ReadBasic")
    func basic() async throws {
        try await Site.run { site in
            let token = try await site.connect(scope: "openid Mail.ReadBasic").accessToken
            let denied = try await site.get("/v1.0/me/messages?\(Self.expand)", token: token)
            #expect(denied.graphCode == "ErrorAccessDenied")
        }
    }

    @Test("copies and deliveries can be late, and appear when the clock is moved")
    func delays() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            let bo = try await site.connect("bo@fabrikam.test").accessToken
            _ = try await site.postJSON(
                "/simulator/behaviours", #"{"sentItemsDelaySeconds":30,"deliveryDelaySeconds":60}"#)
            let id = try await site.draft("Hi", to: "bo@fabrikam.test", more: Self.stamp, token: token)
            try await site.sendDraft(id, token: token)
            func state() async throws -> [Int] {
                let sent = try await site.get("/v1.0/me/messages?\(Self.filter)", token: token)
                return [Site.items(sent).count, try await site.inbox(bo).count]
            }
            #expect(try await state() == [0, 0])
            site.simulator.advanceClock(seconds: 30)
            #expect(try await state() == [1, 0])
            site.simulator.advanceClock(seconds: 600)
            #expect(try await state() == [1, 1])
            // It arrived when it was due, not when somebody looked.
            #expect(try await site.inbox(bo).first?["receivedDateTime"] as? String == "2026-03-01T09:16:02Z")
        }
    }

    @Test("Sent Items can stay empty although a copy was asked for")
    func noCopy() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            site.simulator.behaviours.savesNoSentCopies = true
            let id = try await site.draft("Hi", to: "bo@fabrikam.test", more: Self.stamp, token: token)
            try await site.sendDraft(id, token: token)
            #expect(site.simulator.mail(in: "ana@contoso.test").isEmpty)
            #expect(site.simulator.submissions(of: "ana@contoso.test").map(\.call) == [.send])
        }
    }

    @Test("what was handed over is in the journal, with its stamps, so that doubles show")
    func journal() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            let more = Self.stamp + #","internetMessageHeaders":[{"name":"X-Hearth","value":"send-1"}]"#
            let id = try await site.draft("Hi", to: "bo@fabrikam.test", more: more, token: token)
            try await site.sendDraft(id, token: token)
            let again = try await site.mail(
                .post, "/me/sendMail",
                #"{"message":{"subject":"Hi","toRecipients":[{"emailAddress":{"address":"x@y.test"}}]\#(more)}}"#,
                token: token)
            #expect(again.status == 202)
            let journal = try await site.get("/simulator/accounts/ana@contoso.test/submissions")
            #expect(journal.json["count"] as? Int == 2)
            #expect(journal.json["calls"] as? [String: Int] == ["send": 1, "sendMail": 1])
            let list = site.simulator.submissions(of: "ana@contoso.test")
            #expect(list.map { $0.extendedProperties[Self.lowered] } == ["send-1", "send-1"])
            #expect(list.map { $0.headers["x-hearth"] } == ["send-1", "send-1"])
            #expect(list.first?.recipients == ["bo@fabrikam.test"])
        }
    }

    @Test("a received copy shows all headers, and its MIME is a mail")
    func headers() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            let bo = try await site.connect("bo@fabrikam.test").accessToken
            let more = #"""
                ,"internetMessageId":"<own@contoso.test>","body":{"contentType":"text","content":"Grüße"},
                "internetMessageHeaders":[{"name":"x-hearth","value":"1"}],
                "singleValueExtendedProperties":[{"id":"String 0x1042","value":"<parent@x.test>"},
                {"id":"String 0x1039","value":"<root@x.test> <parent@x.test>"}]
                """#
            let id = try await site.draft("Grüße", to: "bo@fabrikam.test", more: more, token: token)
            try await site.sendDraft(id, token: token)
            let options = "?" + Site.encoded(["$select": "internetMessageHeaders"])
            let shown = try #require(try await site.inbox(bo, options).first)
            let list = shown["internetMessageHeaders"] as? [[String: String]] ?? []
            let headers = Dictionary(uniqueKeysWithValues: list.map { ($0["name"] ?? "", $0["value"] ?? "") })
            #expect(headers["Message-ID"] == "<own@contoso.test>")
            #expect(headers["From"] == "\"Ana\" <ana@contoso.test>")
            #expect(headers["To"] == "<bo@fabrikam.test>")
            #expect(headers["Subject"] == "Grüße")
            #expect(headers["Date"] == "Sun, 01 Mar 2026 09:15:02 +0000")
            #expect(headers["In-Reply-To"] == "<parent@x.test>")
            #expect(headers["References"] == "<root@x.test> <parent@x.test>")
            #expect(headers["x-hearth"] == "1")
            let mime = try await site.get("/v1.0/me/messages/\(try #require(shown["id"] as? String))/$value", token: bo)
            #expect(mime.status == 200)
            #expect(mime.header("Content-Type") == "text/plain")
            #expect(mime.text.contains("Subject: =?utf-8?B?R3LDvMOfZQ==?=\r\n"))
            #expect(mime.text.contains("\r\n\r\n" + Data("Grüße".utf8).base64EncodedString()))
        }
    }
}
