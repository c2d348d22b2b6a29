import Foundation
import HTTPTypes
import MicrosoftSimulator
import Testing

@Suite("Graph: mail")
struct MailTests {
    private static func message(_ subject: String, to address: String, more: String = "") -> String {
        #"""
        {"message":{"subject":"\#(subject)","body":{"contentType":"Text","content":"Hello <you>"},
        "toRecipients":[{"emailAddress":{"address":"\#(address)"}}]\#(more)}}
        """#
    }

    private static func items(_ answer: Answer) -> [[String: Any]] {
        answer.json["value"] as? [[String: Any]] ?? []
    }

    private static func subjects(_ answer: Answer) -> [String] {
        items(answer).compactMap { $0["subject"] as? String }
    }

    @Test("sendMail returns 202 without a body, delivers, and keeps a copy")
    func sending() async throws {
        try await Site.run { site in
            let ana = try await site.connect().accessToken
            let bo = try await site.connect("bo@fabrikam.test").accessToken
            let sent = try await site.postJSON(
                "/v1.0/me/sendmail", Self.message("Hi", to: "Bo@Fabrikam.test"), token: ana)
            #expect(sent.status == 202)
            #expect(sent.text.isEmpty)
            #expect(sent.header("Content-Type") == nil)
            let inbox = try await site.get("/v1.0/me/mailFolders/inbox/messages", token: bo)
            let received = try #require(Self.items(inbox).first)
            #expect(received["subject"] as? String == "Hi")
            #expect(received["isRead"] as? Bool == false)
            let from = (received["from"] as? [String: Any])?["emailAddress"] as? [String: Any]
            #expect(from?["address"] as? String == "ana@contoso.test")
            let copies = try await site.get("/v1.0/me/mailFolders/sentitems/messages", token: ana)
            let copy = try #require(Self.items(copies).first)
            #expect(copy["internetMessageId"] as? String == received["internetMessageId"] as? String)
            #expect(copy["id"] as? String != received["id"] as? String)
            #expect(copy["receivedDateTime"] as? String == "2026-03-01T09:15:02Z")
        }
    }

    @Test("parameters may have any letter case, and a boolean may be a string")
    func lenientParameters() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            let body = #"""
                {"Message":{"Subject":"S","ToRecipients":[{"EmailAddress":{"Address":"x@outside.example"}}]},
                "SaveToSentItems":"false"}
                """#
            let sent = try await site.postJSON("/v1.0/me/sendMail", body, token: token)
            #expect(sent.status == 202)
            let copies = try await site.get("/v1.0/me/mailFolders/sentitems/messages", token: token)
            #expect(Self.items(copies).isEmpty)
        }
    }

    @Test("only custom headers can be set, and they are returned if selected")
    func headers() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            let bad = #","internetMessageHeaders":[{"name":"List-Unsubscribe","value":"x"}]"#
            let refused = try await site.postJSON(
                "/v1.0/me/sendMail", Self.message("No", to: "ana@contoso.test", more: bad), token: token
            )
            #expect(refused.status == 400)
            #expect(refused.graphCode == "InvalidInternetMessageHeader")
            #expect(refused.text.contains("'List-Unsubscribe' should start with 'x-' or 'X-'."))
            let good = #","internetMessageHeaders":[{"name":"x-hearth","value":"1"}]"#
            _ = try await site.postJSON(
                "/v1.0/me/sendMail", Self.message("Yes", to: "ana@contoso.test", more: good), token: token
            )
            let plain = try await site.get("/v1.0/me/mailFolders('Inbox')/messages", token: token)
            #expect(Self.subjects(plain) == ["Yes"])
            #expect(Self.items(plain).first?["internetMessageHeaders"] == nil)
            let selected = try await site.get(
                "/v1.0/me/mailFolders('inbox')/messages?$select=internetMessageHeaders", token: token
            )
            let headers = Self.items(selected).first?["internetMessageHeaders"] as? [[String: String]]
            #expect(headers?.filter { $0["name"]?.hasPrefix("x-") == true } == [["name": "x-hearth", "value": "1"]])
        }
    }

    @Test("MIME must be base64")
    func mime() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            let bad = try await site.send(
                .post, "/v1.0/me/sendMail", token: token, headers: [.contentType: "text/plain"], body: "%%%"
            )
            #expect(bad.graphCode == "ErrorMimeContentInvalidBase64String")
            let text = "To: Ana <ana@contoso.test>\r\nSubject: Mime\r\n\r\nHello"
            let good = try await site.send(
                .post, "/v1.0/me/sendMail", token: token, headers: [.contentType: "text/plain"],
                body: Data(text.utf8).base64EncodedString()
            )
            #expect(good.status == 202)
            let inbox = try await site.get("/v1.0/me/mailFolders/inbox/messages", token: token)
            #expect(Self.subjects(inbox) == ["Mime"])
        }
    }

    @Test("a missing recipient, another sender and a missing scope are refused")
    func refusals() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            let nobody = try await site.postJSON("/v1.0/me/sendMail", #"{"message":{"subject":"x"}}"#, token: token)
            #expect(nobody.graphCode == "ErrorInvalidRecipients")
            let other = #","from":{"emailAddress":{"address":"boss@contoso.test"}}"#
            let denied = try await site.postJSON(
                "/v1.0/me/sendMail", Self.message("x", to: "ana@contoso.test", more: other), token: token
            )
            #expect(denied.status == 403)
            #expect(denied.graphCode == "ErrorSendAsDenied")
            let reader = try await site.connect(scope: "openid Mail.Read").accessToken
            let noScope = try await site.postJSON(
                "/v1.0/me/sendMail", Self.message("x", to: "ana@contoso.test"), token: reader
            )
            #expect(noScope.graphCode == "ErrorAccessDenied")
        }
    }

    @Test("lists have pages of ten, newest first, with a link to the next")
    func paging() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            for number in 1...12 {
                _ = try await site.postJSON(
                    "/v1.0/me/sendMail", Self.message("m\(number)", to: "ana@contoso.test"), token: token
                )
                site.simulator.advanceClock(seconds: 1)
            }
            let first = try await site.get("/v1.0/me/mailFolders/inbox/messages", token: token)
            #expect(Self.subjects(first) == (3...12).reversed().map { "m\($0)" })
            let next = try #require(first.string("@odata.nextLink"))
            let second = try await site.get(next.replacingOccurrences(of: "http://localhost", with: ""), token: token)
            #expect(Self.subjects(second) == ["m2", "m1"])
            #expect(second.string("@odata.nextLink") == nil)
            let encoded = try await site.get("/v1.0/me/mailFolders/inbox/messages?%24top=1&%24skip=2", token: token)
            #expect(Self.subjects(encoded) == ["m10"])
            let oldest = try await site.get(
                "/v1.0/me/mailFolders/inbox/messages?$orderby=receivedDateTime%20asc&$top=1", token: token
            )
            #expect(Self.subjects(oldest) == ["m1"])
            let all = try await site.get("/v1.0/me/messages?$top=1000&$count=true", token: token)
            // Includes Sent Items.
            #expect(all.json["@odata.count"] as? Int == 24)
        }
    }

    @Test("filters work, and must begin with the properties of the order")
    func filters() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            _ = try await site.postJSON("/v1.0/me/sendMail", Self.message("It's", to: "ana@contoso.test"), token: token)
            let inbox = "/v1.0/me/mailFolders/inbox/messages"
            let unread = try await site.get("\(inbox)?$filter=isRead%20eq%20false", token: token)
            #expect(Self.subjects(unread) == ["It's"])
            let id = try #require(Self.items(unread).first?["internetMessageId"] as? String)
            let query = Site.encoded(["$filter": "internetMessageId eq '\(id)'"])
            let byID = try await site.get("\(inbox)?\(query)", token: token)
            #expect(Self.subjects(byID) == ["It's"])
            let quoted = try await site.get("\(inbox)?\(Site.encoded(["$filter": "subject eq 'It''s'"]))", token: token)
            #expect(Self.subjects(quoted) == ["It's"])
            let late = try await site.get(
                "\(inbox)?\(Site.encoded(["$filter": "receivedDateTime gt 2026-03-02T00:00:00Z"]))", token: token
            )
            #expect(Self.subjects(late).isEmpty)
            let complex = try await site.get(
                "\(inbox)?\(Site.encoded(["$filter": "isRead eq false", "$orderby": "receivedDateTime desc"]))",
                token: token
            )
            #expect(complex.status == 400)
            #expect(complex.graphCode == "InefficientFilter")
            let fine = try await site.get(
                "\(inbox)?"
                    + Site.encoded([
                        "$filter": "receivedDateTime ge 2026-01-01T00:00:00Z and isRead eq false",
                        "$orderby": "receivedDateTime desc",
                    ]),
                token: token
            )
            #expect(fine.status == 200)
        }
    }

    @Test("as documented, a sent draft keeps its immutable id and gets a new regular one")
    func drafts() async throws {
        try await Site.run { site in
            site.simulator.behaviours.immutableIDSurvivesSending = true
            let token = try await site.connect().accessToken
            let prefer: HTTPFields = [try #require(HTTPField.Name("Prefer")): #"IdType="ImmutableId""#]
            let body = #"{"subject":"Draft","toRecipients":[{"emailAddress":{"address":"bo@contoso.test"}}]}"#
            var headers = prefer
            headers[.contentType] = "application/json"
            let draft = try await site.send(.post, "/v1.0/me/messages", token: token, headers: headers, body: body)
            #expect(draft.status == 201)
            #expect(draft.header("Preference-Applied")?.contains("ImmutableId") == true)
            let id = try #require(draft.string("id"))
            let ordinary = try await site.get("/v1.0/me/messages/\(id)", token: token)
            #expect(ordinary.string("id") != id)
            #expect(ordinary.json["isDraft"] as? Bool == true)
            let sent = try await site.send(.post, "/v1.0/me/messages/\(id)/send", token: token)
            #expect(sent.status == 202)
            #expect(sent.text.isEmpty)
            let copy = try await site.get("/v1.0/me/messages/\(id)", token: token, headers: prefer)
            #expect(copy.string("id") == id)
            #expect(copy.json["isDraft"] as? Bool == false)
            let gone = try await site.get("/v1.0/me/messages/\(ordinary.string("id") ?? "")", token: token)
            #expect(gone.graphCode == "ErrorItemNotFound")
            #expect(site.simulator.accounts.map(\.address) == ["ana@contoso.test"])
        }
    }

    @Test("only drafts can be rewritten, but every message can be flagged")
    func updates() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            _ = try await site.postJSON("/v1.0/me/sendMail", Self.message("x", to: "ana@contoso.test"), token: token)
            let inbox = try await site.get("/v1.0/me/mailFolders/inbox/messages", token: token)
            let id = try #require(Self.items(inbox).first?["id"] as? String)
            let marked = try await site.send(
                .patch, "/v1.0/me/messages/\(id)", token: token, headers: [.contentType: "application/json"],
                body: #"{"isRead":true,"flag":{"flagStatus":"flagged"}}"#
            )
            #expect(marked.json["isRead"] as? Bool == true)
            let rewritten = try await site.send(
                .patch, "/v1.0/me/messages/\(id)", token: token, headers: [.contentType: "application/json"],
                body: #"{"subject":"y"}"#
            )
            #expect(rewritten.status == 403)
            #expect(rewritten.graphCode == "ErrorAccessDenied")
        }
    }

    @Test("ReadBasic returns neither body nor preview")
    func readBasic() async throws {
        try await Site.run { site in
            let sender = try await site.connect().accessToken
            _ = try await site.postJSON("/v1.0/me/sendMail", Self.message("x", to: "ana@contoso.test"), token: sender)
            let basic = try await site.connect(scope: "openid Mail.ReadBasic").accessToken
            let shown = try #require(Self.items(try await site.get("/v1.0/me/messages", token: basic)).first)
            #expect(shown["subject"] != nil)
            #expect(shown["body"] == nil)
            #expect(shown["bodyPreview"] == nil)
            let full = try #require(Self.items(try await site.get("/v1.0/me/messages", token: sender)).first)
            #expect(
                (full["body"] as? [String: Any])?["content"] as? String == "<html><body>Hello &lt;you></body></html>")
        }
    }
}
