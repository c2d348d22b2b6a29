import Foundation
import HTTPTypes
import MicrosoftSimulator
import Testing

@Suite("Reports of failed delivery")
struct BounceTests {
    private static func message(to addresses: [String]) -> String {
        let list = addresses.map { #"{"emailAddress":{"address":"\#($0)"}}"# }.joined(separator: ",")
        return
            #"{"message":{"subject":"Hi","body":{"contentType":"text","content":"Hello"},"toRecipients":[\#(list)]}}"#
    }

    @Test("one report names every failed recipient, is a MIME report, and arrives late")
    func report() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            _ = try await site.connect("bo@fabrikam.test")
            for rule in [
                #"{"recipient":"gone@fabrikam.test","code":"5.1.10","delaySeconds":60}"#,
                #"{"recipient":"full.test","code":"5.2.2","delaySeconds":60}"#,
            ] {
                let made = try await site.postJSON("/simulator/bounces", rule)
                #expect(made.status == 200, "\(made.text)")
            }
            let body = Self.message(to: ["gone@fabrikam.test", "bo@fabrikam.test", "x@full.test"])
            _ = try await site.mail(.post, "/me/sendMail", body, token: token)
            #expect(site.simulator.mail(in: "bo@fabrikam.test").count == 1)
            #expect(try await site.inbox(token).isEmpty)
            site.simulator.advanceClock(seconds: 60)
            let options =
                "?"
                + Site.encoded([
                    "$expand": "singleValueExtendedProperties($filter=id eq 'String 0x001A')",
                    "$select": "subject,from,internetMessageHeaders,conversationId,receivedDateTime",
                ])
            let shown = try await site.inbox(token, options)
            let report = try #require(shown.first)
            #expect(shown.count == 1)
            #expect(report["subject"] as? String == "Undeliverable: Hi")
            #expect(report["receivedDateTime"] as? String == "2026-03-01T09:16:02Z")
            let from = (report["from"] as? [String: Any])?["emailAddress"] as? [String: String]
            #expect(
                from == [
                    "name": "Microsoft Outlook",
                    "address": "MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@contoso.test",
                ])
            let property = (report["singleValueExtendedProperties"] as? [[String: String]])?.first
            #expect(property == ["id": "String 0x1a", "value": "REPORT.IPM.Note.NDR"])
            let sent = try #require(site.simulator.mail(in: "ana@contoso.test").first)
            #expect(sent.folder == "sentitems")
            #expect(report["conversationId"] as? String == sent.conversationID)
            let list = report["internetMessageHeaders"] as? [[String: String]] ?? []
            let headers = Dictionary(list.map { ($0["name"] ?? "", $0["value"] ?? "") }) { first, _ in first }
            #expect(headers["Return-Path"] == "<>")
            #expect(headers["Auto-Submitted"] == "auto-replied")
            #expect(headers["In-Reply-To"] == sent.internetMessageID)
            #expect(headers["Content-Type"]?.hasPrefix("multipart/report; report-type=delivery-status") == true)
            let id = try #require(report["id"] as? String)
            let mime = try await site.get("/v1.0/me/messages/\(id)/$value", token: token)
            let parts = mime.text.components(separatedBy: "--=_simulator_report_7d1e")
            #expect(parts.count == 5)
            #expect(
                parts[2].contains(
                    "\r\n\r\nFinal-Recipient: rfc822;gone@fabrikam.test\r\nAction: failed\r\nStatus: 5.1.10\r\n"
                        + "Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound"))
            #expect(
                parts[2].contains("\r\n\r\nFinal-Recipient: rfc822;x@full.test\r\nAction: failed\r\nStatus: 5.2.2\r\n"))
            #expect(parts[2].hasPrefix("\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns;"))
            #expect(parts[3].hasPrefix("\r\nContent-Type: message/rfc822\r\n\r\nFrom: "))
            #expect(parts[3].contains("Message-ID: \(sent.internetMessageID)\r\n"))
            #expect(parts[3].contains(Data("Hello".utf8).base64EncodedString()))
        }
    }

    @Test("rules can be for a sender or an organisation, for some mails, with other words, into another folder")
    func rules() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            let other = try await site.connect("bo@fabrikam.test").accessToken
            _ = try await site.postJSON(
                "/simulator/bounces",
                #"{"organization":"contoso.test","code":"5.7.705","text":"550 5.7.705 No","folder":"junkemail","original":"headers","times":1}"#
            )
            for _ in 1...2 {
                let body = Self.message(to: ["x@outside.example"])
                _ = try await site.mail(.post, "/me/sendMail", body, token: token)
                _ = try await site.mail(.post, "/me/sendMail", body, token: other)
            }
            let theirs = Set(site.simulator.mail(in: "bo@fabrikam.test").map(\.folder))
            #expect(theirs == ["sentitems"])
            let reports = site.simulator.mail(in: "ana@contoso.test").filter { $0.folder == "junkemail" }
            #expect(reports.count == 1)
            let id = try #require(reports.first?.id)
            let mime = try await site.get("/v1.0/me/messages/\(id)/$value", token: token)
            #expect(mime.text.contains("Diagnostic-Code: smtp;550 5.7.705 No\r\n"))
            #expect(mime.text.contains("Content-Type: text/rfc822-headers\r\n"))
            #expect(!mime.text.contains(Data("Hello".utf8).base64EncodedString()))
        }
    }

    @Test("unknown recipients bounce only if that is switched on, and only in domains of the simulator")
    func unknownRecipients() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            let body = Self.message(to: ["nobody@contoso.test", "nobody@outside.example"])
            _ = try await site.mail(.post, "/me/sendMail", body, token: token)
            #expect(try await site.inbox(token).isEmpty)
            _ = try await site.postJSON("/simulator/behaviours", #"{"bouncesUnknownRecipients":true}"#)
            _ = try await site.mail(.post, "/me/sendMail", body, token: token)
            let reports = try await site.inbox(token)
            #expect(reports.count == 1)
            let text = (reports.first?["body"] as? [String: String])?["content"] ?? ""
            #expect(text.contains("nobody@contoso.test") && !text.contains("outside.example"))
        }
    }
}
