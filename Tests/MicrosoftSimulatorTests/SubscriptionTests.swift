import Foundation
import HTTPTypes
import HummingbirdCore
import HummingbirdTLS
import MicrosoftSimulator
import NIOSSL
import Testing

@Suite("Graph: subscriptions", .timeLimit(.minutes(1)))
struct SubscriptionTests {
    @Test("creation validates both addresses while the call is open, with a form-encoded token")
    func creation() async throws {
        try await Receiver.run { receiver in
            try await Site.run { site in
                let token = try await site.connect().accessToken
                let made = try await site.subscribe(
                    receiver, ["lifecycleNotificationUrl": "\(receiver.url)/life?key=1"], token: token)
                #expect(made.status == 201, "\(made.text)")
                #expect(made.string("resource") == "me/messages")
                #expect(made.string("expirationDateTime") == "2026-03-05T00:00:00Z")
                #expect(made.string("applicationId") == Site.clientID)
                #expect(made.string("creatorId") == site.simulator.account("ana@contoso.test")?.id.objectID)
                let posts = receiver.posts
                #expect(posts.map(\.path) == ["/notify", "/notify/life"])
                let start = "validationToken=Validation%3a+Testing+client+application+reachability+for+subscription"
                #expect(posts.first?.query.hasPrefix("\(start)+Request-Id%3a+") == true)
                #expect(posts.last?.query.hasPrefix("key=1&\(start)") == true)
                #expect(posts.allSatisfy { $0.body.isEmpty && $0.contentType.hasPrefix("text/plain") })
                let twin = try await site.subscribe(receiver, token: token)
                #expect(twin.status == 409)
                #expect(twin.text.contains("already exists for the requested combination"))
                let other = try await site.subscribe(
                    receiver, ["resource": "me/mailFolders/inbox/messages"], token: token)
                #expect(other.status == 201)
                let listed = try await site.get("/v1.0/subscriptions", token: token)
                #expect(Site.items(listed).count == 2)
                let shown = try await site.get("/simulator/subscriptions?account=ana@contoso.test")
                #expect((shown.json["subscriptions"] as? [Any])?.count == 2)
            }
        }
    }

    @Test(
        "an address that does not echo the token is refused",
        arguments: [(404, "text/plain", ""), (200, "text/html", ""), (200, "text/plain", "x"), (202, "text/plain", "")]
    )
    func validation(status: Int, type: String, suffix: String) async throws {
        try await Receiver.run { receiver in
            receiver.echo { (status, type, $0 + suffix) }
            try await Site.run { site in
                let token = try await site.connect().accessToken
                let refused = try await site.subscribe(receiver, token: token)
                #expect(refused.status == 400)
                #expect(refused.graphCode == "ValidationError")
                #expect(site.simulator.subscriptions.isEmpty)
            }
        }
    }

    @Test("an address that nobody serves, or that answers too late, is refused")
    func unreachable() async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            let body = Site.subscription("http://127.0.0.1:1/notify")
            let refused = try await site.mail(.post, "/subscriptions", body, token: token)
            #expect(refused.graphCode == "ValidationError")
        }
        try await Receiver.run { receiver in
            try await Site.run { site in
                let token = try await site.connect().accessToken
                site.simulator.behaviours.webhookDeadlineMilliseconds = 1
                receiver.echo { token in
                    Thread.sleep(forTimeInterval: 0.05)
                    return (200, "text/plain", token)
                }
                let late = try await site.subscribe(receiver, token: token)
                #expect(late.graphCode == "ValidationError")
            }
        }
    }

    @Test("an HTTPS address needs a certificate that the machine or the given file trusts")
    func trust() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: directory) }
        try TestCertificates(now: Date()).write(to: directory)
        func file(_ name: String) -> String { directory.appending(path: name).path() }
        let chain = try NIOSSLCertificate.fromPEMFile(file("server.pem")).map {
            NIOSSLCertificateSource.certificate($0)
        }
        let key = try NIOSSLPrivateKey(file: file("server.key"), format: .pem)
        let tls = TLSConfiguration.makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key))
        let authority = file("ca.pem")
        try await Receiver.run(server: try .tls(.http1(), tlsConfiguration: tls)) { receiver in
            try await Site.run { site in
                let token = try await site.connect().accessToken
                let refused = try await site.subscribe(receiver, token: token)
                #expect(refused.graphCode == "ValidationError")
            }
            try await Site.run(webhookAuthorityFile: authority) { site in
                let token = try await site.connect().accessToken
                let made = try await site.subscribe(receiver, token: token)
                #expect(made.status == 201, "\(made.text)")
                try site.receive(["x"])
                await site.simulator.notificationsSettled()
                #expect(receiver.items.count == 1)
            }
        }
        #expect(throws: (any Error).self) {
            _ = try MicrosoftSimulator(settings: Site.settings(webhookAuthorityFile: file("missing.pem")))
        }
    }

    @Test(
        "what Graph does not accept is refused",
        arguments: [
            (["changeType": nil], 400, "InvalidRequest"), (["changeType": "moved"], 400, "InvalidRequest"),
            (["notificationUrl": nil], 400, "InvalidRequest"),
            (["notificationUrl": "http://example.com/x"], 400, "InvalidRequest"),
            (["resource": nil], 400, "InvalidRequest"), (["resource": "me/events"], 400, "InvalidRequest"),
            (["expirationDateTime": nil], 400, "InvalidRequest"),
            (["expirationDateTime": "2026-02-01T00:00:00Z"], 400, "InvalidRequest"),
            (["expirationDateTime": "2026-03-08T09:15:02Z"], 400, "ExtensionError"),
            (["clientState": String(repeating: "x", count: 129)], 400, "InvalidRequest"),
            (["resource": "users/bo@contoso.test/messages"], 403, "ExtensionError"),
            (["resource": "me/mailFolders('nowhere')/messages"], 404, "ErrorItemNotFound"),
        ] as [([String: String?], Int, String)]
    )
    func refusals(changes: [String: String?], status: Int, code: String) async throws {
        try await Site.run { site in
            let token = try await site.connect().accessToken
            _ = try await site.connect("bo@contoso.test")
            let body = Site.subscription("https://hearth.example/notify", changes)
            let refused = try await site.mail(.post, "/subscriptions", body, token: token)
            #expect(refused.status == status)
            #expect(refused.graphCode == code)
        }
    }

    @Test("a scope that only writes may not suffice, and a short life is raised to 45 minutes")
    func scopeAndLife() async throws {
        try await Receiver.run { receiver in
            try await Site.run { site in
                let token = try await site.connect().accessToken
                site.simulator.behaviours.readWriteSubscribes = false
                let refused = try await site.subscribe(receiver, token: token)
                #expect(refused.status == 403)
                let reader = try await site.connect(scope: "openid Mail.Read").accessToken
                let own = try #require(site.simulator.account("ana@contoso.test")).id.objectID
                let made = try await site.subscribe(
                    receiver,
                    ["resource": "/users/\(own)/messages", "expirationDateTime": "2026-03-01T09:16:00.000+00:00"],
                    token: reader)
                #expect(made.string("expirationDateTime") == "2026-03-01T10:00:02Z")
            }
        }
    }

    @Test("renewal, deletion and reauthorisation are for the owner, and not after the end")
    func life() async throws {
        try await Receiver.run { receiver in
            try await Site.run { site in
                let token = try await site.connect().accessToken
                let other = try await site.connect("bo@contoso.test").accessToken
                let id = try #require(try await site.subscribe(receiver, token: token).string("id"))
                let path = "/subscriptions/\(id)"
                let renewed = try await site.mail(
                    .patch, path, #"{"expirationDateTime":"2026-03-06T00:00:00Z"}"#, token: token)
                #expect(renewed.status == 200)
                #expect(renewed.string("expirationDateTime") == "2026-03-06T00:00:00Z")
                let empty = try await site.mail(.patch, path, "{}", token: token)
                #expect(empty.text.contains("Subscription must contain either the 'expirationDateTime'"))
                #expect(receiver.posts.count == 1)
                let reauthorized = try await site.send(.post, "/v1.0\(path)/reauthorize", token: token)
                #expect(reauthorized.status == 204)
                for method in [HTTPRequest.Method.get, .delete] {
                    let hidden = try await site.send(method, "/v1.0\(path)", token: other)
                    #expect(hidden.graphCode == "ResourceNotFound")
                }
                let stranger = try await site.mail(
                    .patch, path, #"{"expirationDateTime":"2026-03-06T00:00:00Z"}"#, token: other)
                #expect(stranger.status == 404)
                let deleted = try await site.send(.delete, "/v1.0\(path)", token: token)
                #expect(deleted.status == 204)
                let again = try await site.send(.delete, "/v1.0\(path)", token: token)
                #expect(again.status == 404)
                let second = try #require(try await site.subscribe(receiver, token: token).string("id"))
                site.simulator.advanceClock(seconds: 5 * 86_400)
                let fresh = try await site.connect().accessToken
                let late = try await site.mail(
                    .patch, "/subscriptions/\(second)", #"{"expirationDateTime":"2026-03-07T00:00:00Z"}"#, token: fresh)
                #expect(late.graphCode == "ResourceNotFound")
            }
        }
    }
}
