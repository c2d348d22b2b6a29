import Foundation
import Hummingbird
import HummingbirdTesting
import Outbound
import Synchronization
import Testing

@testable import HearthCore
@testable import HearthMicrosoft
@testable import SignedTokens

/// Microsoft's keys, which change and are not always available.
@Suite("Signing keys", .timeLimit(.minutes(1)))
struct SigningKeysTests {
    /// The keys published by the identity platform, and how often they were requested.
    private final class Platform: Sendable {
        private struct State {
            var names = ["k1"]
            var isDown = false
            var asked = 0
            var time = ContinuousClock.Instant.now
        }

        private let state = Mutex(State())
        private let published: String

        init(_ forge: TokenForge) throws {
            published = try forge.published()
        }

        var asked: Int { state.withLock { $0.asked } }
        var time: ContinuousClock.Instant { state.withLock { $0.time } }
        func advance(_ seconds: Int) { state.withLock { $0.time += .seconds(seconds) } }
        func set(_ names: [String], isDown: Bool = false) {
            state.withLock { state in
                state.names = names
                state.isDown = isDown
            }
        }

        func routes(_ base: @escaping @Sendable () -> String) -> Router<BasicRequestContext> {
            let router = Router()
            router.get("common/v2.0/.well-known/openid-configuration") { _, _ in
                #"{"issuer":"https://login.example/{tenantid}/v2.0","jwks_uri":"\#(base())/keys"}"#
            }
            router.get("keys") { [self] _, _ -> Response in
                let (names, isDown) = state.withLock { state in
                    state.asked += 1
                    return (state.names, state.isDown)
                }
                let keys = names.map { published.replacing(#""kid":"k1""#, with: #""kid":"\#($0)""#) }
                return Response(
                    status: isDown ? .serviceUnavailable : .ok,
                    body: .init(byteBuffer: .init(string: #"{"keys":[\#(keys.joined(separator: ","))]}"#)))
            }
            return router
        }
    }

    private static func run(_ body: @Sendable (SigningKeys, Platform, TokenForge) async throws -> Void) async throws {
        let forge = try TokenForge()
        let platform = try Platform(forge)
        let base = Mutex("")
        let router = platform.routes { base.withLock { $0 } }
        try await Application(router: router).test(.live) { server in
            base.withLock { $0 = "http://127.0.0.1:\(server.port ?? 0)" }
            var configuration = OutboundEngine.Configuration(name: "test", policy: .unrestricted)
            configuration.allowsPlainHTTP = true
            let engine = try OutboundEngine(configuration)
            let endpoints = MicrosoftEndpoints(
                authority: base.withLock { $0 }, tenant: "common", home: nil, graph: "", redirectURI: "",
                adminRedirectURI: "", clientID: "", secret: OperatorSecret(text: WatchedValue("secret"), end: nil))
            let client = MicrosoftClient(engine: engine, endpoints: endpoints, allowsPlainHTTP: true)
            let result: Result<Void, any Error>
            do {
                result = .success(try await body(SigningKeys(client) { platform.time }, platform, forge))
            } catch {
                result = .failure(error)
            }
            await engine.shutdown()
            try result.get()
        }
    }

    private static func isVerified(_ keyID: String, by keys: SigningKeys, _ forge: TokenForge) async throws -> Bool {
        let token = try forge.token(
            header: #"{"alg":"RS256","kid":"\#(keyID)"}"#, claims: TokenReaders.microsoftClaims)
        do {
            _ = try await keys.verify(token)
            return true
        } catch .invalid(.unknownKey) {
            return false
        }
    }

    @Test("a key that is not known yet is fetched, at most once in ten seconds")
    func unknownKey() async throws {
        try await Self.run { (keys: SigningKeys, platform: Platform, forge: TokenForge) async throws -> Void in
            #expect(try await Self.isVerified("k1", by: keys, forge))
            platform.set(["k1", "k2"])
            #expect(try await Self.isVerified("k2", by: keys, forge) == false)
            #expect(platform.asked == 1)
            platform.advance(10)
            #expect(try await Self.isVerified("k2", by: keys, forge))
            for _ in 0..<5 { #expect(try await Self.isVerified("k3", by: keys, forge) == false) }
            #expect(platform.asked == 2)
        }
    }

    @Test("while the keys cannot be fetched, the former ones serve for three days")
    func outage() async throws {
        try await Self.run { (keys: SigningKeys, platform: Platform, forge: TokenForge) async throws -> Void in
            #expect(try await keys.prepare() == 1)
            platform.set(["k2"], isDown: true)
            platform.advance(86_400)
            #expect(try await Self.isVerified("k1", by: keys, forge))
            platform.advance(172_799)
            #expect(try await Self.isVerified("k1", by: keys, forge))
            platform.advance(2)
            await #expect(throws: SigningKeys.Failure.self) { try await keys.prepare() }
            platform.set(["k2"])
            platform.advance(2)
            #expect(try await keys.prepare() == 1)
            #expect(try await Self.isVerified("k2", by: keys, forge))
        }
    }
}
