import Foundation
import HTTPTypes
import MicrosoftSimulator
import Testing

/// Faults on the operations of mail, with and without their effect.
@Suite("Faults of mail", .timeLimit(.minutes(1)))
struct MailFaultTests {
    @Test("a gateway can time out although the mail was sent, the draft made, the subscription created")
    func effects() async throws {
        try await Receiver.run { receiver in
            try await Site.run { site in
                let token = try await site.connect().accessToken
                let draft = try await site.draft("d", to: "x@outside.example", token: token)
                _ = try await site.postJSON(
                    "/simulator/faults", #"{"status":504,"takesEffect":true,"match":{"path":"/v1.0/"}}"#)
                let body = #"{"message":{"subject":"s","toRecipients":[{"emailAddress":{"address":"x@y.test"}}]}}"#
                let sent = try await site.mail(.post, "/me/sendMail", body, token: token)
                let sentDraft = try await site.send(.post, "/v1.0/me/messages/\(draft)/send", token: token)
                let made = try await site.mail(.post, "/me/messages", #"{"subject":"new"}"#, token: token)
                let subscribed = try await site.subscribe(receiver, token: token)
                #expect([sent, sentDraft, made, subscribed].map(\.status) == [504, 504, 504, 504])
                #expect(site.simulator.submissions(of: "ana@contoso.test").map(\.call) == [.sendMail, .send])
                #expect(
                    site.simulator.mail(in: "ana@contoso.test").map(\.folder) == ["sentitems", "sentitems", "drafts"])
                #expect(site.simulator.subscriptions.count == 1)
            }
        }
    }

    @Test(
        "every operation of mail can be refused without an effect",
        arguments: [
            ("sendMail", "POST", "/me/sendMail"), ("drafts", "POST", "/me/messages"),
            ("send", "POST", "/me/messages/x/send"), ("reply", "POST", "/me/messages/x/reply"),
            ("move", "POST", "/me/messages/x/move"), ("deletion", "DELETE", "/me/messages/x"),
            ("delta", "GET", "/me/mailFolders/inbox/messages/delta"),
            ("attachments", "GET", "/me/messages/x/attachments"), ("subscriptions", "POST", "/subscriptions"),
        ]
    )
    func refusals(operation: String, method: String, path: String) async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            _ = try await site.postJSON(
                "/simulator/faults",
                #"{"match":{"operation":"\#(operation)"},"status":503,"error":"ErrorServerBusy","retryAfter":9}"#)
            let method = try #require(HTTPRequest.Method(rawValue: method))
            let refused = try await site.send(method, "/v1.0\(path)", token: token, body: method == .post ? "{}" : nil)
            #expect(refused.status == 503)
            #expect(refused.graphCode == "ErrorServerBusy")
            #expect(refused.header("Retry-After") == "9")
            #expect(site.simulator.mail(in: "ana@contoso.test").isEmpty)
        }
    }

    @Test("the connection can close before or after the effect, and the answer can be late")
    func cutting() async throws {
        for takesEffect in [false, true] {
            try await Site.run(live: true) { site in
                let token = try await site.connect().accessToken
                _ = try await site.postJSON(
                    "/simulator/faults",
                    #"{"match":{"operation":"sendMail"},"body":"close","takesEffect":\#(takesEffect),"answerDelayMilliseconds":1}"#
                )
                let body = #"{"message":{"subject":"s","toRecipients":[{"emailAddress":{"address":"x@y.test"}}]}}"#
                await #expect(throws: (any Error).self) {
                    _ = try await site.mail(.post, "/me/sendMail", body, token: token)
                }
                #expect(site.simulator.submissions(of: "ana@contoso.test").count == (takesEffect ? 1 : 0))
            }
        }
    }
}
