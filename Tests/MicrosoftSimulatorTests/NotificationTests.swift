import Foundation
import HTTPTypes
import MicrosoftSimulator
import Testing

@Suite("Change notifications", .timeLimit(.minutes(1)))
struct NotificationTests {
    /// A simulator with a subscriber to Ana's mailbox, and Ana's token.
    private static func run(
        _ changes: [String: String?] = [:], immutable: Bool = false,
        _ body: @Sendable (Site, Receiver, _ token: String, _ subscription: String) async throws -> Void
    ) async throws {
        try await Receiver.run { receiver in
            try await Site.run { site in
                let token = try await site.connect().accessToken
                var all: [String: String?] = [
                    "changeType": "created,updated,deleted", "lifecycleNotificationUrl": "\(receiver.url)/life",
                ]
                all.merge(changes) { _, new in new }
                let made = try await site.subscribe(receiver, all, token: token, immutable: immutable)
                let id = try #require(made.string("id"), "\(made.text)")
                receiver.clear()
                try await body(site, receiver, token, id)
            }
        }
    }

    private static func events(_ receiver: Receiver) -> [String] {
        receiver.items.compactMap { $0["changeType"] as? String ?? $0["lifecycleEvent"] as? String }
    }

    @Test("a notification has Graph's members")
    func members() async throws {
        try await Self.run(["changeType": "created"]) { site, receiver, token, subscription in
            try site.receive(["x"])
            await site.simulator.notificationsSettled()
            let account = try #require(site.simulator.account("ana@contoso.test")).id
            let message = try #require(site.simulator.mail(in: "ana@contoso.test").first)
            let item = try #require(receiver.items.first)
            #expect(receiver.items.count == 1)
            #expect(item["subscriptionId"] as? String == subscription)
            #expect(item["clientState"] as? String == "secret")
            #expect(item["changeType"] as? String == "created")
            #expect(item["tenantId"] as? String == account.tenantID)
            #expect(item["subscriptionExpirationDateTime"] as? String == "2026-03-05T00:00:00Z")
            #expect(item["resource"] as? String == "Users/\(account.objectID)/Messages/\(message.id)")
            let data = item["resourceData"] as? [String: String]
            #expect(data?["id"] == message.id)
            #expect(data?["@odata.type"] == "#Microsoft.Graph.Message")
            #expect(receiver.posts.first?.contentType == "application/json; charset=utf-8")
        }
    }

    @Test("what happens to a message is notified in its order, with the kind of ids that was asked for")
    func changes() async throws {
        try await Self.run(immutable: true) { site, receiver, token, _ in
            try site.receive(["x"])
            let item = try #require(site.simulator.mail(in: "ana@contoso.test").first)
            _ = try await site.mail(.patch, "/me/messages/\(item.id)", #"{"isRead":true}"#, token: token)
            _ = try await site.mail(
                .post, "/me/messages/\(item.immutableID)/move", #"{"destinationId":"archive"}"#, token: token)
            _ = try await site.send(.delete, "/v1.0/me/messages/\(item.immutableID)", token: token)
            await site.simulator.notificationsSettled()
            #expect(Self.events(receiver) == ["created", "updated", "created", "deleted"])
            let ids = receiver.items.compactMap { ($0["resourceData"] as? [String: String])?["id"] }
            #expect(Set(ids) == [item.immutableID])
        }
    }

    @Test("a creation can be notified as an update, too")
    func updatesFollowCreations() async throws {
        try await Self.run { site, receiver, _, _ in
            _ = try await site.postJSON("/simulator/behaviours", #"{"updatesFollowCreations":true}"#)
            try site.receive(["x"])
            await site.simulator.notificationsSettled()
            #expect(Self.events(receiver) == ["created", "updated"])
        }
    }

    @Test("a subscription to a folder hears of that folder only")
    func folder() async throws {
        try await Self.run(["resource": "me/mailFolders('inbox')/messages"]) { site, receiver, token, _ in
            try site.receive(["x"])
            let item = try #require(site.simulator.mail(in: "ana@contoso.test").first)
            _ = try await site.draft("d", to: "x@y.test", token: token)
            _ = try await site.mail(
                .post, "/me/messages/\(item.id)/move", #"{"destinationId":"archive"}"#, token: token)
            await site.simulator.notificationsSettled()
            #expect(Self.events(receiver) == ["created", "deleted"])
        }
    }

    @Test("with a filter, what no longer matches counts as deleted")
    func filter() async throws {
        try await Self.run(["resource": "me/messages?$filter=isRead eq false"]) { site, receiver, token, _ in
            try site.receive(["x"])
            let item = try #require(site.simulator.mail(in: "ana@contoso.test").first)
            _ = try await site.mail(.patch, "/me/messages/\(item.id)", #"{"isRead":true}"#, token: token)
            await site.simulator.notificationsSettled()
            #expect(Self.events(receiver) == ["created", "deleted"])
        }
    }

    @Test("a mail sent by draft is notified as a draft, whose id is then not found, and as a sent copy")
    func sending() async throws {
        try await Self.run(["changeType": "created,updated"], immutable: true) { site, receiver, token, _ in
            let id = try await site.draft("Hi", to: "bo@fabrikam.test", token: token, immutable: true)
            _ = try await site.mail(.patch, "/me/messages/\(id)", #"{"subject":"Hi!"}"#, token: token)
            try await site.sendDraft(id, token: token)
            await site.simulator.notificationsSettled()
            #expect(Self.events(receiver) == ["created", "updated", "created"])
            let ids = receiver.items.compactMap { ($0["resourceData"] as? [String: String])?["id"] }
            #expect(ids.prefix(2).allSatisfy { $0 == id })
            let first = try await site.get("/v1.0/me/messages/\(ids[0])", token: token)
            #expect(first.status == 404)
            let second = try await site.get("/v1.0/me/messages/\(ids[2])", token: token)
            #expect(second.json["isDraft"] as? Bool == false)
        }
    }

    @Test("what is due for one address goes out in one POST, over subscriptions and tenants")
    func batching() async throws {
        try await Self.run(["changeType": "created"]) { site, receiver, _, _ in
            let bo = try await site.connect("bo@fabrikam.test").accessToken
            let made = try await site.subscribe(receiver, ["changeType": "created"], token: bo)
            #expect(made.status == 201)
            receiver.clear()
            var rules = NotificationRules()
            rules.delaySeconds = 60
            site.simulator.setNotificationRules(rules)
            try site.receive(["a"])
            try site.receive(["b"], at: "bo@fabrikam.test")
            await site.simulator.notificationsSettled()
            #expect(receiver.posts.isEmpty)
            site.simulator.advanceClock(seconds: 60)
            await site.simulator.notificationsSettled()
            #expect(receiver.posts.count == 1)
            #expect(Set(receiver.items.compactMap { $0["tenantId"] as? String }).count == 2)
        }
    }

    @Test("what is not accepted is sent again with growing pauses, for four hours")
    func retries() async throws {
        try await Self.run(["changeType": "created"]) { site, receiver, _, _ in
            receiver.answer(with: [500, 404])
            site.simulator.deliver(IncomingMail(from: "x@outside.example"), to: "ana@contoso.test")
            await site.simulator.notificationsSettled()
            #expect(receiver.posts.count == 1)
            for (seconds, count) in [(9.0, 1), (1, 2), (19, 2), (1, 3), (3600, 3)] {
                site.simulator.advanceClock(seconds: seconds)
                await site.simulator.notificationsSettled()
                #expect(receiver.posts.count == count)
            }
            receiver.answer(with: Array(repeating: 503, count: 100))
            try site.receive(["y"])
            for _ in 1...12 {
                await site.simulator.notificationsSettled()
                site.simulator.advanceClock(seconds: 1800)
            }
            let counts = site.simulator.notificationCounts(of: "ana@contoso.test")
            #expect(counts.abandoned == 1)
            #expect(counts.sent == 1)
            #expect(counts.refused == receiver.posts.count - 1)
        }
    }

    @Test("nothing is sent for a subscription that has ended")
    func ended() async throws {
        try await Self.run(["changeType": "created"]) { site, receiver, token, subscription in
            var rules = NotificationRules()
            rules.delaySeconds = 60
            site.simulator.setNotificationRules(rules, of: "ana@contoso.test")
            try site.receive(["a"])
            _ = try await site.send(.delete, "/v1.0/subscriptions/\(subscription)", token: token)
            site.simulator.advanceClock(seconds: 60)
            _ = try await site.subscribe(receiver, ["changeType": "created"], token: token)
            receiver.clear()
            site.simulator.advanceClock(seconds: 10 * 86_400)
            try site.receive(["b"])
            site.simulator.advanceClock(seconds: 60)
            await site.simulator.notificationsSettled()
            #expect(receiver.posts.isEmpty)
            #expect(site.simulator.notificationCounts(of: "ana@contoso.test").abandoned == 1)
        }
    }

    @Test("notifications can be lost, doubled and shuffled by chance, the same in every run")
    func chances() async throws {
        var orders: [[String]] = []
        for _ in 1...2 {
            let received = Received()
            try await Self.run(["changeType": "created"]) { site, receiver, _, _ in
                let set = try await site.postJSON(
                    "/simulator/accounts/ana@contoso.test/notifications",
                    #"{"loss":0.3,"duplication":0.3,"delaySeconds":30,"disorder":true,"seed":5}"#)
                #expect(set.status == 200)
                try site.receive((1...20).map { "m\($0)" })
                site.simulator.advanceClock(seconds: 30)
                await site.simulator.notificationsSettled()
                let answer = try await site.get("/simulator/accounts/ana@contoso.test/notifications")
                let counts = try #require(answer.json["counts"] as? [String: Int])
                let lost = try #require(counts["lost"])
                let doubled = try #require(counts["duplicated"])
                #expect(counts["createdMessages"] == 20)
                #expect(counts["caused"] == 20)
                #expect(lost > 0 && doubled > 0)
                #expect(counts["sent"] == 20 - lost + doubled)
                #expect(receiver.items.count == 20 - lost + doubled)
                let ids = receiver.items.compactMap { $0["resource"] as? String }
                let order = site.simulator.mail(in: "ana@contoso.test").map(\.id)
                let places = ids.compactMap { id in order.firstIndex { id.hasSuffix($0) } }
                #expect(places != places.sorted())
                await received.set(places.map(String.init))
            }
            orders.append(await received.value)
        }
        #expect(orders[0] == orders[1])
    }

    @Test("a subscription can fall silent, be missed, and be removed")
    func lifecycle() async throws {
        try await Self.run(["changeType": "created"]) { site, receiver, token, subscription in
            let path = "/simulator/subscriptions/\(subscription)"
            _ = try await site.postJSON("\(path)/silence", "{}")
            try site.receive(["a"])
            await site.simulator.notificationsSettled()
            #expect(receiver.posts.isEmpty)
            _ = try await site.postJSON("\(path)/silence", #"{"silent":false}"#)
            _ = try await site.postJSON("\(path)/lifecycle", #"{"event":"missed"}"#)
            await site.simulator.notificationsSettled()
            _ = try await site.postJSON("\(path)/lifecycle", #"{"event":"subscriptionRemoved"}"#)
            await site.simulator.notificationsSettled()
            #expect(Self.events(receiver) == ["missed", "subscriptionRemoved"])
            #expect(receiver.posts.allSatisfy { $0.path == "/notify/life" })
            #expect(receiver.items.first?["clientState"] as? String == "secret")
            let gone = try await site.get("/v1.0/subscriptions/\(subscription)", token: token)
            #expect(gone.status == 404)
            try site.receive(["b"])
            await site.simulator.notificationsSettled()
            let log = try await site.get("/simulator/notifications/log")
            #expect((log.json["posts"] as? [Any])?.count == 2)
        }
    }

    @Test("notifications can stop with the access token until the subscription is reauthorised")
    func tokens() async throws {
        try await Self.run(["changeType": "created"]) { site, receiver, _, subscription in
            site.simulator.behaviours.notificationsNeedToken = true
            site.simulator.advanceClock(seconds: 2 * 3600)
            try site.receive(["a", "b"])
            await site.simulator.notificationsSettled()
            #expect(Self.events(receiver) == ["reauthorizationRequired"])
            let fresh = try await site.connect().accessToken
            _ = try await site.send(.post, "/v1.0/subscriptions/\(subscription)/reauthorize", token: fresh)
            try site.receive(["c"])
            await site.simulator.notificationsSettled()
            #expect(Self.events(receiver) == ["reauthorizationRequired", "created"])
            #expect(site.simulator.notificationCounts(of: "ana@contoso.test").unauthorized == 2)
        }
    }

    private actor Received {
        var value: [String] = []

        func set(_ value: [String]) { self.value = value }
    }
}
