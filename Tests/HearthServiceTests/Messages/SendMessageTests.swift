import Foundation
import HTTPTypes
import HearthCore
import HearthMessages
import HearthRules
import HearthTesting
import HummingbirdTesting
import MicrosoftSimulator
import Postgres
import StrictJSON
import Testing

/// A message from the partner's call to the copy in Sent Items, by every permission level that may send.
@Suite("Sending a message", .timeLimit(.minutes(2)))
struct SendMessageTests {
    static let sender = "ann@corp.example"
    static let recipient = "bea@other.example"
    static let body = #"{"to":["bea@other.example"],"subject":"Tuesday","text":"At ten?\nAnn"}"#

    @Test("it is sent once, and the copy in Sent Items ends it", arguments: [PermissionLevel.warmup, .readSend])
    func sent(_ level: PermissionLevel) async throws {
        try await withMailbox(level) { service, partner, mailbox in
            let id = try await partner.send(Self.body, from: mailbox)
            #expect(try await partner.message(id)["status"] == .string("queued"))
            try await service.drain(service.submissions)
            #expect(try await partner.message(id)["status"] == .string("accepted"))
            // The copy is looked for after two seconds.
            service.clock.advance(3)
            try await service.drain(service.submissions)
            let message = try await partner.message(id)
            #expect(message["status"] == .string("sent"))
            #expect(message["final"] == .bool(true))
            #expect(message["internet_message_id"]?.asString?.isEmpty == false)
            #expect(service.copies(in: Self.recipient, subject: "Tuesday") == 1)
            #expect(service.copies(in: Self.sender, subject: "Tuesday") == 1)
            let events = try await partner.events().filter { $0.type.hasPrefix("message.") }
            #expect(events.map(\.type) == ["message.sent"])
            #expect(events.first?.data["message_id"] == .integer(id))
            // There is nothing more to do.
            service.clock.advance(86_400)
            #expect(try await service.look(service.submissions) == 0)
        }
    }

    @Test("with the permission to send alone, nothing is claimed that cannot be known")
    func sendOnly() async throws {
        try await withMailbox(.send) { service, partner, mailbox in
            let id = try await partner.send(Self.body, from: mailbox)
            try await service.drain(service.submissions)
            #expect(try await partner.message(id)["status"] == .string("accepted"))
            #expect(try await partner.message(id)["final"] == .bool(true))
            service.clock.advance(86_400)
            #expect(try await service.look(service.submissions) == 0)
            #expect(service.copies(in: Self.recipient, subject: "Tuesday") == 1)
            // What cannot be read is not watched.
            #expect(try await partner.call(.get, "/mailboxes/\(mailbox)/watch").code == "WATCH_NOT_FOUND")
        }
    }

    @Test("everything that is asked for reaches Microsoft", arguments: [PermissionLevel.warmup, .send])
    func content(_ level: PermissionLevel) async throws {
        try await withMailbox(level) { service, partner, mailbox in
            service.microsoft.addAccount(AccountOptions(address: "cy@third.example"))
            let body = """
                {"to":[{"address":"\(Self.recipient)","name":"Bea"}],"cc":"cy@third.example","bcc":["dan@third.example"],
                "reply_to":["desk@corp.example"],"subject":"Für Bea 🦊","html":"<p>Hello <b>Bea</b></p>","importance":"high",
                "headers":{"X-Ref":"crm-4711"}}
                """
            _ = try await partner.send(body, from: mailbox)
            try await service.drain(service.submissions)
            for address in [Self.recipient, "cy@third.example"] {
                guard case .object(let copy)? = service.microsoft.messages(of: address).last else {
                    Issue.record("nothing arrived at \(address)")
                    continue
                }
                #expect(copy["subject"] == .string("Für Bea 🦊"))
                #expect(copy["importance"] == .string("high"))
                #expect(copy["bodyPreview"] == .string("Hello Bea"))
                let shown = copy.mapValues { "\($0)" }
                #expect(try #require(shown["toRecipients"]).contains("Bea"))
                #expect(try #require(shown["ccRecipients"]).contains("cy@third.example"))
                #expect(try #require(shown["replyTo"]).contains("desk@corp.example"))
                #expect(try #require(shown["internetMessageHeaders"]).contains("crm-4711"))
                #expect(!shown.values.contains { $0.contains("dan@third.example") })
            }
            let submission = try #require(service.microsoft.submissions(of: Self.sender).first)
            #expect(Set(submission.recipients) == [Self.recipient, "cy@third.example", "dan@third.example"])
        }
    }

    @Test("a scheduled message waits for its time, and may be cancelled until then")
    func scheduled() async throws {
        try await withMailbox(.warmup) { service, partner, mailbox in
            let later = service.clock.now.addingTimeInterval(3_600).formatted(.iso8601)
            func body(_ subject: String) -> String {
                #"{"to":["\#(Self.recipient)"],"subject":"\#(subject)","text":"x","send_at":"\#(later)"}"#
            }
            let kept = try await partner.send(body("Kept"), from: mailbox)
            let dropped = try await partner.send(body("Dropped"), from: mailbox)
            #expect(try await partner.message(kept)["status"] == .string("scheduled"))
            #expect(try await service.look(service.submissions) == 0)
            let cancelled = try await partner.call(.delete, "/messages/\(dropped)")
            #expect(cancelled.data?["status"] == .string("cancelled"))
            service.clock.advance(3_601)
            try await service.drain(service.submissions)
            #expect(try await partner.message(kept)["status"] == .string("accepted"))
            #expect(service.copies(in: Self.recipient, subject: "Kept") == 1)
            #expect(service.copies(in: Self.recipient, subject: "Dropped") == 0)
            let late = try await partner.call(.delete, "/messages/\(kept)")
            #expect((late.status, late.code) == (.conflict, "MESSAGE_NOT_CANCELLABLE"))
            #expect(try await partner.call(.delete, "/messages/\(dropped)").status == .ok)
        }
    }

    @Test("a disconnection holds what waits, and the owner's new consent sends it")
    func held() async throws {
        try await withMailbox(.warmup) { service, partner, mailbox in
            let id = try await partner.send(Self.body, from: mailbox)
            #expect(try await partner.call(.post, "/mailboxes/\(mailbox)/disconnect").status == .ok)
            try await service.drain(service.submissions)
            let message = try await partner.message(id)
            #expect(message["status"] == .string("held"))
            #expect(message["reason"] == .string("CONNECTION_DISCONNECTED"))
            let refused = try await partner.call(.post, "/mailboxes/\(mailbox)/messages", Self.body)
            #expect((refused.status, refused.code) == (.conflict, "CONNECTION_DISCONNECTED"))
            _ = try await partner.connect(Self.sender)
            #expect(try await partner.message(id)["status"] == .string("queued"))
            try await service.drain(service.submissions)
            #expect(try await partner.message(id)["status"] == .string("accepted"))
            #expect(service.copies(in: Self.recipient, subject: "Tuesday") == 1)
        }
    }

    @Test("a suspended tenant's messages wait")
    func suspended() async throws {
        try await withMailbox(.warmup) { service, partner, mailbox in
            let id = try await partner.send(Self.body, from: mailbox)
            func set(_ status: String) async throws {
                _ = try await service.database.write(
                    "UPDATE tenants SET status = \(status) WHERE tenant_id = \(partner.tenant)")
                service.clock.advance(2)
            }
            try await set("suspended")
            #expect(try await service.look(service.submissions) == 0)
            #expect(try await service.look(service.watches) == 0)
            try await set("active")
            try await service.drain(service.submissions)
            #expect(try await partner.message(id)["status"] == .string("accepted"))
        }
    }

    @Test("what Microsoft refuses has failed, says why, and is not sent again")
    func refused() async throws {
        try await withMailbox(.readSend) { service, partner, mailbox in
            var fault = Fault()
            (fault.operation, fault.status, fault.error) = (.sendMail, 400, "ErrorInvalidRecipients")
            service.microsoft.addFault(fault)
            let id = try await partner.send(Self.body, from: mailbox)
            try await service.drain(service.submissions)
            let message = try await partner.message(id)
            #expect(message["status"] == .string("failed"))
            #expect(message["reason"] == .string("REFUSED_BY_MICROSOFT"))
            #expect(message["microsoft_code"] == .string("ErrorInvalidRecipients"))
            service.clock.advance(86_400)
            #expect(try await service.look(service.submissions) == 0)
            #expect(service.copies(in: Self.recipient, subject: "Tuesday") == 0)
            #expect(try await partner.events().last?.type == "message.failed")
        }
    }

    @Test(
        "bad input names every field",
        arguments: [
            (#"{}"#, ["to", "subject", "text"]),
            (#"{"to":"","cc":"","subject":" ","text":"","html":""}"#, ["to", "subject", "text"]),
            (#"{"to":[""],"subject":"a","text":"x\u0007","headers":"x"}"#, ["to", "text", "headers"]),
            (#"{"to":["nobody"],"subject":"a\nBcc: x@y.example","text":"x"}"#, ["to[0]", "subject"]),
            (#"{"to":["a@b.example"],"subject":"a","text":"x","html":"<p>"}"#, ["text"]),
            (#"{"to":["a@b.example"],"subject":"a","text":"x","headers":{"Bcc":"x"}}"#, ["headers"]),
            (#"{"to":["a@b.example"],"subject":"a","text":"x","headers":{"X-A":"b\r\nBcc: x"}}"#, ["headers.X-A"]),
            (#"{"to":[{"address":"a@b.example","name":"A\r\nBcc"}],"subject":"a","text":"x"}"#, ["to[0].name"]),
        ])
    func badInput(_ body: String, _ fields: [String]) async throws {
        try await withMailbox(.send) { _, partner, mailbox in
            let answer = try await partner.call(.post, "/mailboxes/\(mailbox)/messages", body)
            #expect(answer.code == "VALIDATION_FAILED")
            let errors = try #require(answer.json?["errors"]?.asObject)
            #expect(Set(errors.names) == Set(fields))
        }
    }

    @Test("another tenant's mailbox and message are not there")
    func foreign() async throws {
        try await withMailbox(.warmup) { service, partner, mailbox in
            let id = try await partner.send(Self.body, from: mailbox)
            let stranger = try await service.partner()
            #expect(
                try await stranger.call(.post, "/mailboxes/\(mailbox)/messages", Self.body).code == "MAILBOX_NOT_FOUND")
            #expect(try await stranger.call(.get, "/mailboxes/\(mailbox)/messages").code == "MAILBOX_NOT_FOUND")
            #expect(try await stranger.call(.post, "/mailboxes/\(mailbox)/watch").code == "MAILBOX_NOT_FOUND")
            #expect(try await stranger.call(.get, "/messages/\(id)").code == "MESSAGE_NOT_FOUND")
            #expect(try await stranger.call(.delete, "/messages/\(id)").code == "MESSAGE_NOT_FOUND")
        }
    }
}

/// Runs `body` with a connected mailbox of ``SendMessageTests/sender``.
func withMailbox(
    _ level: PermissionLevel,
    _ body: @Sendable (TestService, TestPartner, _ mailbox: Int64) async throws -> Void
) async throws {
    try await TestService.with { service in
        let partner = try await service.partner()
        service.microsoft.addAccount(AccountOptions(address: SendMessageTests.recipient))
        let link = try await partner.link(
            SendMessageTests.sender, #""permission_level":"\#(level.rawValue)""#)
        let page = try await service.follow(link.url)
        try #require(page.text.contains("Your mailbox is connected"), "\(page.text)")
        let list = try await partner.call(.get, "/mailboxes")
        let mailbox = try #require(list.json?["data"]?.asArray?.first?.asObject?["id"]?.asInteger)
        try await body(service, partner, mailbox)
        #expect(service.log.errors == [])
    }
}

extension TestPartner {
    /// Queues a message; returns its id.
    func send(_ body: String, from mailbox: Int64) async throws -> Int64 {
        let answer = try await call(.post, "/mailboxes/\(mailbox)/messages", body)
        return try #require(answer.data?["id"]?.asInteger, "\(answer.text)")
    }

    func message(_ id: Int64) async throws -> JSONObject {
        try #require(try await call(.get, "/messages/\(id)").data)
    }
}

extension TestService {
    var submissions: SubmitMessages { SubmitMessages(connections) }
    var watches: WatchMailboxes { WatchMailboxes(connections) }

    /// How many messages with a subject are in a mailbox, in all folders but drafts.
    func copies(in address: String, subject: String) -> Int {
        microsoft.mail(in: address).count { $0.subject == subject && !$0.isDraft }
    }
}
