import Foundation
import HTTPTypes
import MicrosoftSimulator
import Testing

@Suite("Attachments")
struct AttachmentTests {
    private static func put(
        _ site: Site, _ url: String, _ bytes: String, _ range: String, token: String? = nil
    ) async throws -> Answer {
        let path = url.replacingOccurrences(of: "http://localhost", with: "")
        let headers: HTTPFields = [
            try #require(HTTPField.Name("Content-Range")): "bytes \(range)", .contentType: "application/octet-stream",
        ]
        return try await site.send(.put, path, token: token, headers: headers, body: bytes)
    }

    @Test("attachments are listed, read and removed, travel with the mail, and are parts of its MIME")
    func small() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            let bo = try await site.connect("bo@fabrikam.test").accessToken
            let bytes = Data("Hello".utf8).base64EncodedString()
            let more = ##"""
                ,"attachments":[{"@odata.type":"#microsoft.graph.fileAttachment","name":"a.txt",
                "contentType":"text/plain","contentBytes":"\##(bytes)"}]
                """##
            let id = try await site.draft("Hi", to: "bo@fabrikam.test", more: more, token: token)
            let added = try await site.mail(
                .post, "/me/messages/\(id)/attachments", #"{"name":"b.txt","contentBytes":"\#(bytes)"}"#, token: token)
            #expect(added.status == 201)
            let name = try #require(added.string("id"))
            let list = try await site.get("/v1.0/me/messages/\(id)/attachments?$select=name", token: token)
            #expect(Site.items(list).map { $0["name"] as? String } == ["a.txt", "b.txt"])
            #expect(Site.items(list).first?["contentBytes"] == nil)
            let value = try await site.get("/v1.0/me/messages/\(id)/attachments/\(name)/$value", token: token)
            #expect(value.text == "Hello")
            let removed = try await site.send(.delete, "/v1.0/me/messages/\(id)/attachments/\(name)", token: token)
            #expect(removed.status == 204)
            let bad = try await site.mail(
                .post, "/me/messages/\(id)/attachments", #"{"name":"c","contentBytes":"%"}"#, token: token)
            #expect(bad.status == 400)
            try await site.sendDraft(id, token: token)
            let received = try #require(try await site.inbox(bo, "?$expand=attachments").first)
            #expect(received["hasAttachments"] as? Bool == true)
            #expect((received["attachments"] as? [[String: Any]])?.first?["contentBytes"] as? String == bytes)
            let there = try #require(received["id"] as? String)
            let mime = try await site.get("/v1.0/me/messages/\(there)/$value", token: bo)
            #expect(mime.text.contains("Content-Disposition: attachment; filename=\"a.txt\"\r\n"))
            let locked = try await site.mail(
                .post, "/me/messages/\(there)/attachments", #"{"name":"x","contentBytes":"\#(bytes)"}"#, token: bo)
            #expect(locked.graphCode == "ErrorAccessDenied")
        }
    }

    @Test("a large attachment arrives in parts, in order, without a token")
    func large() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            let id = try await site.draft("Hi", to: "bo@fabrikam.test", token: token)
            let path = "/me/messages/\(id)/attachments/createUploadSession"
            let item = #"{"AttachmentItem":{"attachmentType":"file","name":"big.bin","size":10}}"#
            let session = try await site.mail(.post, path, item, token: token)
            #expect(session.status == 201)
            #expect(session.json["nextExpectedRanges"] as? [String] == ["0-"])
            let url = try #require(session.string("uploadUrl"))
            let first = try await Self.put(site, url, "01234", "0-4/10")
            #expect(first.status == 200)
            #expect(first.json["nextExpectedRanges"] as? [String] == ["5"])
            let repeated = try await Self.put(site, url, "01234", "0-4/10")
            #expect(repeated.status == 416)
            let authorized = try await Self.put(site, url, "56789", "5-9/10", token: token)
            #expect(authorized.status == 401)
            let forged = try await Self.put(site, String(url.dropLast()), "56789", "5-9/10")
            #expect(forged.status == 404)
            let last = try await Self.put(site, url, "56789", "5-9/10")
            #expect(last.status == 201)
            #expect(last.text.isEmpty)
            #expect(last.header("Location")?.contains("/Attachments('") == true)
            let list = try await site.get("/v1.0/me/messages/\(id)/attachments", token: token)
            #expect(
                Site.items(list).first?["contentBytes"] as? String == Data("0123456789".utf8).base64EncodedString())
            let huge = try await site.mail(
                .post, path, #"{"AttachmentItem":{"attachmentType":"file","name":"x","size":157286401}}"#, token: token)
            #expect(huge.status == 413)
            #expect(site.simulator.requestCounts[.attachments] == 8)
        }
    }

    @Test("an abandoned upload ends after a day, and can be cancelled")
    func ends() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            let id = try await site.draft("Hi", to: "bo@fabrikam.test", token: token)
            let item = #"{"AttachmentItem":{"attachmentType":"file","name":"x","size":10}}"#
            var urls: [String] = []
            for _ in 1...2 {
                let made = try await site.mail(
                    .post, "/me/messages/\(id)/attachments/createUploadSession", item, token: token)
                urls.append(try #require(made.string("uploadUrl")))
            }
            let cancelled = try await site.send(
                .delete, urls[0].replacingOccurrences(of: "http://localhost", with: ""))
            #expect(cancelled.status == 204)
            let gone = try await Self.put(site, urls[0], "0", "0-0/10")
            #expect(gone.status == 404)
            site.simulator.advanceClock(seconds: 86_400)
            let late = try await Self.put(site, urls[1], "0", "0-0/10")
            #expect(late.status == 404)
        }
    }
}
