import Crypto
import Foundation
import HTTPTypes
import HearthCore
import HearthMessages
import HearthOperations
import HearthRules
import HearthTesting
import Hummingbird
import HummingbirdTesting
import Logging
import MicrosoftSimulator
import NIOCore
import Postgres
import StrictJSON
import Testing

/// What arrives in a watched mailbox is found, once, whether Microsoft reports it or not. In these tests Microsoft cannot reach
/// the service, so the sweeps work alone, except where a test plays Microsoft.
@Suite("Watching a mailbox", .timeLimit(.minutes(2)))
struct WatchTests {
    private static let ann = SendMessageTests.sender

    private static func mail(_ subject: String) -> IncomingMail {
        var mail = IncomingMail(from: "zoe@elsewhere.example")
        mail.subject = subject
        return mail
    }

    @Test("without notifications the sweeps find everything, once, and say why there are none")
    func sweepsAlone() async throws {
        try await withMailbox(.readSend) { service, partner, mailbox in
            service.microsoft.deliver(Self.mail("Old"), to: Self.ann)
            service.clock.advance(60)
            try await partner.watch(mailbox, #"{"content":"metadata"}"#)
            try await service.drain(service.watches)
            let watch = try await partner.watchOf(mailbox)
            #expect(watch["subscription"]?.asObject?["active"] == .bool(false))
            #expect(watch["subscription"]?.asObject?["problem"]?.asString?.isEmpty == false)
            #expect(watch["swept_at"]?.asString != nil)
            for number in 1...3 { service.microsoft.deliver(Self.mail("New \(number)"), to: Self.ann) }
            service.clock.advance(86_400)
            try await service.drain(service.watches)
            let received = try await partner.received(mailbox)
            #expect(Set(received.compactMap { $0["subject"]?.asString }) == ["New 1", "New 2", "New 3"])
            #expect(received.first?["from"]?.asObject?["address"] == .string("zoe@elsewhere.example"))
            // Microsoft forgets the positions; everything is read again, and nothing is told twice.
            #expect(service.microsoft.expireDeltaTokens(of: Self.ann))
            service.clock.advance(86_400)
            try await service.drain(service.watches)
            #expect(try await partner.received(mailbox).count == 3)
            #expect(try await partner.events().count { $0.type == "message.received" } == 3)
        }
    }

    @Test("a delta that repeats itself, has empty pages and is forgotten in the middle changes nothing")
    func unrulyDelta() async throws {
        try await withMailbox(.readSend) { service, partner, mailbox in
            service.microsoft.behaviours.deltaEmptyPages = true
            service.microsoft.behaviours.deltaRepeats = 5
            try await partner.watch(mailbox)
            try await service.drain(service.watches)
            for number in 1...250 { service.microsoft.deliver(Self.mail("\(number)"), to: Self.ann) }
            service.clock.advance(86_400)
            // One page, then the process dies and the tokens end.
            try await service.look(service.watches, isKilled: true, after: 2)
            #expect(service.microsoft.expireDeltaTokens(of: Self.ann))
            service.clock.advance(86_400)
            try await service.drain(service.watches)
            #expect(try await partner.received(mailbox, limit: 500).count == 250)
            let events: Int? = try await service.database.read(
                "SELECT count(*) AS count FROM events WHERE tenant_id = \(partner.tenant) AND type = 'message.received'"
            ).scalar("count")
            #expect(events == 250)
        }
    }

    @Test("a position that does not lead to Graph is not called, and the folder is read again")
    func hostilePosition() async throws {
        try await withMailbox(.readSend) { service, partner, mailbox in
            try await partner.watch(mailbox)
            try await service.drain(service.watches)
            _ = try await service.database.write("UPDATE folder_cursors SET link = 'http://127.0.0.1:9/delta?token=x'")
            service.microsoft.deliver(Self.mail("New"), to: Self.ann)
            service.clock.advance(86_400)
            try await service.drain(service.watches)
            #expect(try await partner.received(mailbox).count == 1)
            let links: [String] = try await service.database.read("SELECT link FROM folder_cursors").map {
                try $0["link"]
            }
            #expect(links.count == 3)
            #expect(!links.contains { $0.contains(":9/") })
        }
    }

    @Test("the content policy keeps nothing of the mail unless it is asked to")
    func policy() async throws {
        try await withMailbox(.readSend) { service, partner, mailbox in
            try await partner.watch(mailbox)
            try await service.drain(service.watches)
            service.microsoft.deliver(Self.mail("Secret plans"), to: Self.ann)
            service.clock.advance(86_400)
            try await service.drain(service.watches)
            let received = try #require(try await partner.received(mailbox).first)
            #expect(received["subject"] == .null)
            #expect(received["from"] == .null)
            let told = try #require(try await partner.events().last)
            #expect(told.type == "message.received")
            #expect(told.data["subject"] == .null)
        }
    }

    @Test("keeping less destroys what was kept; naming nothing changes nothing; an ended watch reports nothing")
    func lessContent() async throws {
        try await withMailbox(.readSend) { service, partner, mailbox in
            try await partner.watch(mailbox, #"{"content":"metadata"}"#)
            try await service.drain(service.watches)
            service.microsoft.deliver(Self.mail("Secret plans"), to: Self.ann)
            service.clock.advance(86_400)
            try await service.drain(service.watches)
            try await partner.watch(mailbox)
            #expect(try await partner.watchOf(mailbox)["content"] == .string("metadata"))
            #expect(try await partner.received(mailbox).first?["subject"] == .string("Secret plans"))
            try await partner.watch(mailbox, #"{"content":"none"}"#)
            #expect(try await partner.received(mailbox).first?["subject"] == .null)
            let kept: Int? = try await service.database.read(
                "SELECT count(*) AS count FROM received_messages WHERE content IS NOT NULL"
            ).scalar("count")
            #expect(kept == 0)
            #expect(try await partner.call(.delete, "/mailboxes/\(mailbox)/watch").code == "WATCH_ENDED")
            service.microsoft.deliver(Self.mail("Later"), to: Self.ann)
            service.clock.advance(2 * 86_400)
            #expect(try await service.look(service.watches) == 0)
            #expect(try await partner.received(mailbox).count == 1)
            #expect(try await partner.call(.delete, "/mailboxes/\(mailbox)/watch").code == "WATCH_NOT_FOUND")
        }
    }

    @Test("junk is watched too, drafts and what the owner sends are not reported")
    func folders() async throws {
        try await withMailbox(.warmup) { service, partner, mailbox in
            try await partner.watch(mailbox, #"{"content":"metadata"}"#)
            try await service.drain(service.watches)
            var junk = Self.mail("Win")
            junk.folder = "junkemail"
            service.microsoft.deliver(junk, to: Self.ann)
            _ = try await partner.send(SendMessageTests.body, from: mailbox)
            try await service.drain(service.submissions)
            service.clock.advance(86_400)
            try await service.drain(service.watches)
            let received = try await partner.received(mailbox)
            #expect(received.compactMap { $0["folder"]?.asString } == ["junkemail"])
            // The sweep has seen the copy in Sent Items before the submission's worker looked.
            #expect(try await partner.events().map(\.type).contains("message.sent"))
        }
    }

    @Test(
        "a notification is stored before it is answered, and makes the sweep due; what it does not name may be missed")
    func notification() async throws {
        try await withMailbox(.readSend) { service, partner, mailbox in
            try await partner.watch(mailbox)
            try await service.drain(service.watches)
            let secret = try await service.subscribe(mailbox, of: partner.tenant)
            let told = try #require(service.microsoft.deliver(Self.mail("Told"), to: Self.ann))
            service.microsoft.deliver(Self.mail("Not told"), to: Self.ann)
            service.clock.advance(181)
            #expect(try await service.look(service.watches) == 0)
            let state = "\(partner.tenant).\(mailbox).\(secret)"
            let answer = try await service.notify([(state, told.immutableID)])
            #expect(answer.status == .accepted)
            try await service.drain(service.watches)
            let received = try await partner.received(mailbox)
            #expect(received.count == 2)
            #expect(received.count { $0["missed_by_subscription"] == .bool(true) } == 1)
            let watch = try await partner.watchOf(mailbox)
            #expect(watch["subscription"]?.asObject?["active"] == .bool(true))
            #expect(watch["subscription"]?.asObject?["missed"] == .integer(1))
            // After activity the folders are read again in five minutes, then once a day.
            service.clock.advance(299)
            #expect(try await service.look(service.watches) == 0)
            service.clock.advance(1)
            #expect(try await service.look(service.watches) == 1)
            service.clock.advance(3_600)
            #expect(try await service.look(service.watches) == 0)
            service.clock.advance(86_400)
            let ended = try await partner.watchOf(mailbox)
            #expect(ended["subscription"]?.asObject?["active"] == .bool(false))
        }
    }

    @Test("items with a wrong, a foreign or no secret are dropped, and the rest of their batch is kept")
    func forged() async throws {
        try await withMailbox(.readSend) { service, partner, mailbox in
            try await partner.watch(mailbox)
            try await service.drain(service.watches)
            let secret = try await service.subscribe(mailbox, of: partner.tenant)
            let good = "\(partner.tenant).\(mailbox).\(secret)"
            let stranger = try await service.partner()
            let answer = try await service.notify([
                ("\(partner.tenant).\(mailbox).wrong", "a"), ("\(stranger.tenant).\(mailbox).\(secret)", "b"),
                ("\(partner.tenant).\(mailbox + 1).\(secret)", "c"), ("", "d"), (good, "e"), ("a.b.c", "f"),
                ("\(partner.tenant).\(mailbox)", "g"), (String(repeating: "9", count: 200), "h"),
            ])
            #expect(answer.status == .accepted)
            let stored: [String] = try await service.database.read(
                "SELECT graph_id FROM change_notifications WHERE tenant_id = \(partner.tenant)"
            ).map { try $0["graph_id"] }
            #expect(stored == ["e"])
            let malformed = try await service.client.execute(
                uri: "/graph/notifications", method: .post, headers: [.contentType: "application/json"],
                body: ByteBuffer(string: "{"))
            #expect(malformed.status == .badRequest)
        }
    }

    @Test("the validation token is decoded once and echoed as plain text")
    func validation() async throws {
        try await TestService.with { service in
            let answer = try await service.client.execute(
                uri: "/graph/notifications?validationToken=Validation%3a+Testing+client+%3Cb%3E+%252B", method: .post)
            #expect(answer.status == .ok)
            #expect(answer.text == "Validation: Testing client <b> %2B")
            #expect(answer.headers[.contentType] == "text/plain; charset=utf-8")
            #expect(answer.headers[.xContentTypeOptions] == "nosniff")
        }
    }

    @Test("sync now says how many messages it found, or why it could not look")
    func syncNow() async throws {
        try await withMailbox(.readSend) { service, partner, mailbox in
            let unwatched = try await partner.call(.post, "/mailboxes/\(mailbox)/sync")
            #expect((unwatched.status, unwatched.code) == (.notFound, "WATCH_NOT_FOUND"))
            try await partner.watch(mailbox)
            service.microsoft.deliver(Self.mail("One"), to: Self.ann)
            let first = try await partner.call(.post, "/mailboxes/\(mailbox)/sync")
            #expect(first.data?["found"] == .integer(1), "\(first.text)")
            #expect(first.data?["complete"] == .bool(true))
            #expect(first.data?["watch"]?.asObject?["swept_at"]?.asString != nil)
            service.clock.advance(60)
            #expect(try await partner.call(.post, "/mailboxes/\(mailbox)/sync").data?["found"] == .integer(0))
            let mailboxes = try await partner.call(.get, "/mailboxes/\(mailbox)")
            #expect(mailboxes.data?["health"]?.asObject?["status"] == .string("healthy"))
            var fault = Fault()
            (fault.operation, fault.status, fault.times) = (.delta, 503, 1)
            service.microsoft.addFault(fault)
            let unavailable = try await partner.call(.post, "/mailboxes/\(mailbox)/sync")
            #expect(unavailable.code == "CONNECTION_TEMPORARILY_UNAVAILABLE")
            #expect(try await partner.call(.post, "/mailboxes/\(mailbox)/disconnect").status == .ok)
            let gone = try await partner.call(.post, "/mailboxes/\(mailbox)/sync")
            #expect((gone.status, gone.code) == (.conflict, "CONNECTION_DISCONNECTED"))
        }
    }

    @Test("messages are removed when their time is over, and not told again when everything is read again")
    func retention() async throws {
        try await withMailbox(.readSend) { service, partner, mailbox in
            try await partner.watch(mailbox)
            try await service.drain(service.watches)
            service.microsoft.deliver(Self.mail("Old"), to: Self.ann)
            let id = try await partner.send(SendMessageTests.body, from: mailbox)
            try await service.drain(service.submissions)
            for _ in 0..<4 {
                service.clock.advance(23 * 86_400)
                try await Partitions(database: service.database, now: { service.clock.now }).ensure()
                try await service.drain(service.submissions)
                try await service.drain(service.watches)
            }
            #expect(try await partner.received(mailbox).count == 1)
            let retention = ApplyRetention(
                settings: service.settings, ids: service.dependencies.ids, now: { service.clock.now },
                logger: Logger(label: "test"))
            service.clock.advance(23 * 86_400)
            try await Partitions(database: service.database, now: { service.clock.now }).ensure()
            try await retention.run()
            #expect(try await partner.call(.get, "/messages/\(id)").code == "MESSAGE_NOT_FOUND")
            #expect(try await partner.received(mailbox).isEmpty)
            #expect(service.microsoft.expireDeltaTokens(of: Self.ann))
            try await service.drain(service.watches)
            #expect(try await partner.received(mailbox).isEmpty)
        }
    }

    @Test("a disconnected mailbox is not asked, and is swept again when its owner has consented again")
    func disconnected() async throws {
        try await withMailbox(.readSend) { service, partner, mailbox in
            try await partner.watch(mailbox)
            try await service.drain(service.watches)
            #expect(try await partner.call(.post, "/mailboxes/\(mailbox)/disconnect").status == .ok)
            service.microsoft.deliver(Self.mail("Meanwhile"), to: Self.ann)
            service.clock.advance(8 * 86_400)
            #expect(try await service.look(service.watches) == 0)
            _ = try await partner.connect(Self.ann)
            try await service.drain(service.watches)
            #expect(try await partner.received(mailbox).count == 1)
        }
    }
}

extension TestPartner {
    func watch(_ mailbox: Int64, _ body: String = "{}") async throws {
        let answer = try await call(.post, "/mailboxes/\(mailbox)/watch", body)
        try #require(answer.status == .ok, "\(answer.text)")
    }

    func watchOf(_ mailbox: Int64) async throws -> JSONObject {
        try #require(try await call(.get, "/mailboxes/\(mailbox)/watch").data)
    }

    /// The messages that have arrived, the newest first.
    func received(_ mailbox: Int64, limit: Int = 100) async throws -> [JSONObject] {
        let answer = try await call(.get, "/mailboxes/\(mailbox)/messages?direction=in&limit=\(limit)")
        return try #require(answer.json?["data"]?.asArray).compactMap(\.asObject)
    }
}

extension TestService {
    /// Gives a watch a subscription that Microsoft does not have.
    ///
    /// - Returns: the secret of its notifications.
    func subscribe(_ mailbox: Int64, of tenant: Int64) async throws -> String {
        let secret = "c2VjcmV0"
        let hash = Array(SHA256.hash(data: Array(secret.utf8)))
        let expiry = clock.now.addingTimeInterval(86_400)
        _ = try await database.write(
            """
            UPDATE mailbox_watches SET secret_hash = \(hash), subscription_id = 's', subscribed_until = \(expiry),
                subscribe_at = \(expiry), sweep_at = \(expiry), due_at = \(expiry)
            WHERE tenant_id = \(tenant) AND mailbox_id = \(mailbox)
            """)
        return secret
    }

    /// Sends a notification as Microsoft does.
    func notify(_ items: [(state: String, id: String)]) async throws -> TestResponse {
        let values = items.map { state, id in
            #"{"subscriptionId":"s","changeType":"created","clientState":"\#(state)","resourceData":{"id":"\#(id)"}}"#
        }
        return try await client.execute(
            uri: "/graph/notifications", method: .post, headers: [.contentType: "application/json"],
            body: ByteBuffer(string: #"{"value":[\#(values.joined(separator: ","))]}"#))
    }
}
