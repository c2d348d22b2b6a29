import Foundation
import HTTPTypes
import MicrosoftSimulator
import Testing

@Suite("Graph: delta")
struct DeltaTests {
    private static let path = "/v1.0/me/mailFolders('inbox')/messages/delta"
    private static let next = "@odata.nextLink"
    private static let last = "@odata.deltaLink"

    private static func preferring(_ size: Int) throws -> HTTPFields {
        [try #require(HTTPField.Name("Prefer")): "odata.maxpagesize=\(size)"]
    }

    private static func removed(_ answer: Answer) -> [String] {
        Site.items(answer).filter { $0["@removed"] != nil }.compactMap { $0["id"] as? String }
    }

    @Test("the first round lists the folder in pages with one link each, in every spelling of the path")
    func firstRound() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            try site.receive((1...5).map { "m\($0)" })
            for name in ["delta", "delta()", "microsoft.graph.delta()", "Delta"] {
                let path = "/v1.0/me/mailfolders/inbox/messages/\(name)?$select=subject"
                let first = try await site.get(path, token: token, headers: try Self.preferring(2))
                #expect(Site.subjects(first) == ["m5", "m4"])
                #expect(first.header("Preference-Applied") == "odata.maxpagesize=2")
                #expect(first.string(Self.last) == nil)
                let second = try await site.follow(first, Self.next, token: token, headers: try Self.preferring(2))
                #expect(Site.subjects(second) == ["m3", "m2"])
                let third = try await site.follow(second, Self.next, token: token)
                #expect(Site.subjects(third) == ["m1"])
                #expect(third.string(Self.next) == nil)
                // The selection is part of the token.
                #expect(Site.items(third).first?.keys.sorted() == ["@odata.etag", "@odata.type", "id", "subject"])
                let quiet = try await site.follow(third, Self.last, token: token)
                #expect(Site.items(quiet).isEmpty)
                #expect(quiet.string(Self.last) != nil)
            }
        }
    }

    @Test("later rounds list what came, changed and left, and an old link gives the same again")
    func changes() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            try site.receive(["stays", "read", "deleted", "moved"])
            let start = try await site.get(Self.path, token: token)
            let ids = Dictionary(uniqueKeysWithValues: zip(Site.subjects(start), Site.ids(start)))
            let marked = try await site.mail(
                .patch, "/me/messages/\(try #require(ids["read"]))", #"{"isRead":true}"#, token: token)
            #expect(marked.status == 200)
            let deleted = try await site.send(
                .delete, "/v1.0/me/messages/\(try #require(ids["deleted"]))", token: token)
            #expect(deleted.status == 204)
            let moved = try await site.mail(
                .post, "/me/messages/\(try #require(ids["moved"]))/move", #"{"destinationId":"archive"}"#, token: token)
            #expect(moved.status == 201)
            #expect(moved.string("id") != ids["moved"])
            try site.receive(["new"])
            for _ in 1...2 {
                let round = try await site.follow(start, Self.last, token: token)
                #expect(Site.subjects(round) == ["read", "new"])
                #expect(Set(Self.removed(round)) == Set([ids["deleted"], ids["moved"]].compactMap { $0 }))
                let after = try await site.follow(round, Self.last, token: token)
                #expect(Site.items(after).isEmpty)
            }
            // A move back is an arrival.
            let back = try await site.mail(
                .post, "/me/messages/\(try #require(moved.string("id")))/move", #"{"destinationId":"inbox"}"#,
                token: token)
            let round = try await site.follow(start, Self.last, token: token, headers: try Site.immutable)
            #expect(Set(Site.subjects(round)) == ["read", "new", "moved"])
            #expect(Self.removed(round).count == 1)
            #expect(back.status == 201)
        }
    }

    @Test("no change is lost or seen by no round, whatever happens between two pages")
    func changesBetweenPages() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            try site.receive((1...6).map { "m\($0)" })
            let prefer = try Self.preferring(2)
            var known: Set<String> = []
            func take(_ answer: Answer) {
                for item in Site.items(answer) {
                    guard let id = item["id"] as? String else { continue }
                    if item["@removed"] == nil { known.insert(id) } else { known.remove(id) }
                }
            }
            func drain(_ answer: Answer) async throws -> Answer {
                var page = answer
                take(page)
                while page.string(Self.next) != nil {
                    page = try await site.follow(page, Self.next, token: token, headers: prefer)
                    take(page)
                }
                return page
            }
            let first = try await site.get(Self.path, token: token, headers: prefer)
            let listed = try #require(Site.ids(first).first)
            let unlisted = try #require(try await site.inbox(token).last?["id"] as? String)
            for id in [listed, unlisted] { _ = try await site.send(.delete, "/v1.0/me/messages/\(id)", token: token) }
            try site.receive(["between", "between, too"])
            let end = try await drain(first)
            let second = try await site.follow(end, Self.last, token: token, headers: try Self.preferring(3))
            #expect(second.string(Self.next) != nil)
            // One that this round has just listed.
            let news = Site.items(second).filter { $0["@removed"] == nil }
            let another = try #require(news.first?["id"] as? String)
            _ = try await site.send(.delete, "/v1.0/me/messages/\(another)", token: token)
            try site.receive(["later"])
            let finish = try await drain(second)
            _ = try await drain(try await site.follow(finish, Self.last, token: token))
            let there = Set(try await site.inbox(token).compactMap { $0["id"] as? String })
            #expect(known == there)
            #expect(there.count == 6)
        }
    }

    @Test("the received filter, changeType and immutable ids apply, and other options are refused")
    func options() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            try site.receive(["old", "young"])
            let filter = Site.encoded(["$filter": "receivedDateTime ge 2026-03-01T09:15:03Z"])
            let young = try await site.get("\(Self.path)?\(filter)", token: token)
            #expect(Site.subjects(young) == ["young"])
            let deletions = try await site.get("\(Self.path)?changeType=deleted", token: token)
            #expect(Site.items(deletions).isEmpty)
            let stable = try await site.get(Self.path, token: token, headers: try Site.immutable)
            let id = try #require(Site.ids(stable).first)
            #expect(id != Site.ids(try await site.get(Self.path, token: token)).first)
            _ = try await site.send(.delete, "/v1.0/me/messages/\(id)", token: token)
            try site.receive(["newest"])
            let gone = try await site.follow(deletions, Self.last, token: token, headers: try Site.immutable)
            #expect(Self.removed(gone) == [id])
            #expect(Site.items(gone).count == 1)
            for option in ["$search=x", "$skip=1", "$filter=isRead%20eq%20false", "$orderby=subject", "changeType=x"] {
                let refused = try await site.get("\(Self.path)?\(option)", token: token)
                #expect(refused.status == 400, "\(option)")
            }
            let whole = try await site.get("/v1.0/me/messages/delta", token: token)
            #expect(whole.status == 404)
            let sender = try await site.connect(scope: "openid Mail.Send").accessToken
            let denied = try await site.get(Self.path, token: sender)
            #expect(denied.graphCode == "ErrorAccessDenied")
        }
    }

    @Test("with a filter the listing ends after 5,000 messages")
    func cap() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            let mail = IncomingMail(from: "someone@outside.example")
            for _ in 1...5003 { site.simulator.deliver(mail, to: "ana@contoso.test") }
            var counts: [Int] = []
            for filter in ["", "&" + Site.encoded(["$filter": "receivedDateTime ge 2026-01-01T00:00:00Z"])] {
                var page = try await site.get("\(Self.path)?$select=id&$top=1000\(filter)", token: token)
                var count = Site.items(page).count
                while page.string(Self.next) != nil {
                    page = try await site.follow(page, Self.next, token: token)
                    count += Site.items(page).count
                }
                counts.append(count)
            }
            #expect(counts == [5003, 5000])
        }
    }

    @Test(
        "expired tokens are refused in each of Microsoft's ways, also between two pages",
        arguments: [
            ("SyncStateNotFound", 410, "SyncStateNotFound"), ("syncStateNotFound", 410, "syncStateNotFound"),
            ("location", 410, "syncStateNotFound"), ("resyncRequired", 400, "resyncRequired"),
        ]
    )
    func expiry(way: String, status: Int, code: String) async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            try site.receive(["a", "b"])
            _ = try await site.postJSON("/simulator/behaviours", #"{"expiredDelta":"\#(way)"}"#)
            let page = try await site.get(Self.path, token: token, headers: try Self.preferring(1))
            let expired = try await site.postJSON("/simulator/accounts/ana@contoso.test/delta/expire", "{}")
            #expect(expired.status == 200)
            let refused = try await site.follow(page, Self.next, token: token)
            #expect(refused.status == status)
            #expect(refused.graphCode == code)
            #expect((refused.header("Location") != nil) == (way == "location"))
            let unknown = try await site.get("\(Self.path)?$deltatoken=nonsense", token: token)
            #expect(unknown.status == status)
            let again = try await site.get(Self.path, token: token)
            #expect(Site.subjects(again) == ["b", "a"])
        }
    }

    @Test("pages can be empty, and changes can come twice")
    func oddities() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            try site.receive(["a", "b"])
            _ = try await site.postJSON("/simulator/behaviours", #"{"deltaEmptyPages":true,"deltaRepeats":1}"#)
            let empty = try await site.get(Self.path, token: token)
            #expect(Site.items(empty).isEmpty)
            let full = try await site.follow(empty, Self.next, token: token)
            #expect(Site.subjects(full) == ["b", "a"])
            site.simulator.behaviours.deltaEmptyPages = false
            try site.receive(["c"])
            let repeated = try await site.follow(full, Self.last, token: token)
            #expect(Site.subjects(repeated) == ["b", "c"])
        }
    }
}
