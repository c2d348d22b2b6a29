import Foundation
import HearthCore
import HearthMessages
import HearthRules
import HearthTesting
import MicrosoftSimulator
import StrictJSON
import Testing

/// What arrives is recognised as an answer to a message of the partner, or as a report that it was not delivered.
@Suite("Replies and bounces", .timeLimit(.minutes(2)))
struct ReplyTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var headers: [(String, String)] = []
        var itemClass = "IPM.Note"
        /// How the arrival refers to the message.
        var reference = Reference.inReplyTo
        let kind: String

        enum Reference: Sendable {
            case inReplyTo, references, none
        }
    }

    private static let rows: [Row] = [
        Row(testDescription: "a person's reply", kind: "reply"),
        Row(testDescription: "a person's reply, by References alone", reference: .references, kind: "reply"),
        Row(
            testDescription: "a person's reply that suppresses automatic answers",
            headers: [("X-Auto-Response-Suppress", "All")], kind: "reply"),
        Row(testDescription: "says no", headers: [("Auto-Submitted", "no")], kind: "reply"),
        Row(testDescription: "RFC 3834", headers: [("Auto-Submitted", "auto-replied")], kind: "auto_reply"),
        Row(testDescription: "generated", headers: [("Auto-Submitted", "auto-generated; x=y")], kind: "auto_reply"),
        Row(testDescription: "precedence", headers: [("Precedence", "auto_reply")], kind: "auto_reply"),
        Row(testDescription: "X-Autoreply", headers: [("X-Autoreply", "yes")], kind: "auto_reply"),
        Row(testDescription: "a vacation of Apple", headers: [("X-Apple-Action", "vacation")], kind: "auto_reply"),
        Row(
            testDescription: "a rule of Exchange", itemClass: "IPM.Note.Rules.ReplyTemplate.Microsoft",
            kind: "auto_reply"),
        Row(testDescription: "refers to nothing", reference: .none, kind: "message"),
    ]

    @Test("people's replies, automatic ones and others are told apart", arguments: rows)
    func kinds(_ row: Row) async throws {
        try await withSentMessage { service, partner, mailbox, message in
            let internetID = try #require(try await partner.message(message)["internet_message_id"]?.asString)
            var mail = IncomingMail(from: SendMessageTests.recipient)
            mail.subject = "Re: Tuesday"
            mail.headers = row.headers.map { (name: $0.0, value: $0.1) }
            mail.itemClass = row.itemClass
            switch row.reference {
            case .inReplyTo: mail.headers.append((name: "In-Reply-To", value: internetID))
            case .references:
                mail.headers.append((name: "References", value: "<x@y.example> \(internetID) <z@y.example>"))
            case .none: break
            }
            service.microsoft.deliver(mail, to: SendMessageTests.sender)
            service.clock.advance(86_400)
            try await service.drain(service.watches)
            let arrival = try #require(try await partner.received(mailbox).first)
            #expect(arrival["kind"] == .string(row.kind))
            #expect(arrival["answers"] == (row.kind == "message" ? .null : .integer(message)))
            let state = try await partner.message(message)
            #expect(state["status"] == .string(row.kind == "reply" ? "replied" : "sent"))
            #expect((state["auto_replied_at"] != .null) == (row.kind == "auto_reply"))
            let types = try await partner.events().map(\.type)
            #expect(types.contains("message.replied") == (row.kind == "reply"))
            #expect(types.contains("message.auto_replied") == (row.kind == "auto_reply"))
        }
    }

    @Test(
        "a report sorts the recipients by fault, wherever it arrives, and a delay is no bounce",
        arguments: [
            ("5.1.1", BounceFault.recipient), ("5.1.10", .recipient), ("5.1.8", .sender), ("5.7.233", .sender),
            ("5.7.515", .sender), ("5.7.1", .content), ("4.4.7", .temporary),
        ], ["inbox", "junkemail"])
    func bounces(_ expected: (code: String, fault: BounceFault), _ folder: String) async throws {
        try await withMailbox(.warmup) { service, partner, mailbox in
            var rule = BounceRule(code: expected.code)
            rule.folder = folder
            service.microsoft.bounces = [rule]
            let id = try await partner.send(SendMessageTests.body, from: mailbox)
            try await service.drain(service.watches)
            try await service.submitForADay()
            try await service.drain(service.watches)
            let message = try await partner.message(id)
            let isBounced = expected.fault != .temporary
            #expect(message["status"] == .string(isBounced ? "bounced" : "sent"))
            let bounces = try #require(message["bounces"]?.asArray)
            #expect(bounces.count == (isBounced ? 1 : 0))
            if let bounce = bounces.first?.asObject {
                #expect(bounce["recipient"] == .string(SendMessageTests.recipient))
                #expect(bounce["status"] == .string(expected.code))
                #expect(bounce["fault"] == .string(expected.fault.rawValue))
            }
            #expect(try await partner.events().count { $0.type == "message.bounced" } == (isBounced ? 1 : 0))
            #expect(try await partner.received(mailbox).first?["kind"] == .string("bounce"))
        }
    }

    @Test("the reports of several servers are kept side by side")
    func severalReports() async throws {
        try await withMailbox(.warmup) { service, partner, mailbox in
            var rules: [BounceRule] = []
            for (recipient, code, delay) in [
                ("bea@other.example", "5.1.1", 60.0), ("cy@third.example", "5.7.1", 7_200.0),
            ] {
                var rule = BounceRule(code: code)
                rule.recipient = AddressPattern(recipient)
                rule.delaySeconds = delay
                rules.append(rule)
            }
            service.microsoft.bounces = rules
            service.microsoft.addAccount(AccountOptions(address: "cy@third.example"))
            let body = #"{"to":["bea@other.example","cy@third.example"],"subject":"Two","text":"x"}"#
            let id = try await partner.send(body, from: mailbox)
            try await service.drain(service.watches)
            try await service.submitForADay()
            try await service.drain(service.watches)
            service.clock.advance(86_400)
            try await service.drain(service.watches)
            let bounces = try #require(try await partner.message(id)["bounces"]?.asArray).compactMap(\.asObject)
            #expect(Set(bounces.compactMap { $0["status"]?.asString }) == ["5.1.1", "5.7.1"])
        }
    }

    @Test("a message to its own mailbox arrives, and answers nothing")
    func toItself() async throws {
        try await withMailbox(.warmup) { service, partner, mailbox in
            try await partner.watch(mailbox)
            try await service.drain(service.watches)
            let body = #"{"to":["\#(SendMessageTests.sender)"],"subject":"Note","text":"x"}"#
            let id = try await partner.send(body, from: mailbox)
            try await service.drain(service.submissions)
            service.clock.advance(86_400)
            try await service.drain(service.watches)
            #expect(try await partner.message(id)["status"] == .string("sent"))
            #expect(try await partner.received(mailbox).first?["kind"] == .string("message"))
        }
    }

    /// Runs `body` with a message that was sent from a watched mailbox.
    private func withSentMessage(
        _ body: @Sendable (TestService, TestPartner, _ mailbox: Int64, _ message: Int64) async throws -> Void
    ) async throws {
        try await withMailbox(.warmup) { service, partner, mailbox in
            let id = try await partner.send(SendMessageTests.body, from: mailbox)
            try await service.drain(service.watches)
            try await service.drain(service.submissions)
            service.clock.advance(3)
            try await service.drain(service.submissions)
            try await body(service, partner, mailbox, id)
        }
    }
}
