import HTTPTypes
import HearthTesting
import HearthWeb
import HummingbirdTesting
import StrictJSON
import Testing

/// An Idempotency-Key over time, for both ways in which routes make a repetition harmless.
@Suite("Idempotency keys", .timeLimit(.minutes(2)))
struct IdempotentCallTests {
    private static let day = 86_400.0

    private func create(_ name: String, _ partner: TestPartner) async throws -> TestResponse {
        try await partner.call(
            .post, "/keys", #"{"name":"\#(name)","scopes":["webhooks"]}"#, headers: [.idempotencyKey: "k"])
    }

    private func keys(_ partner: TestPartner) async throws -> Int {
        try await partner.call(.get, "/keys").json?["data"]?.asArray?.count ?? 0
    }

    @Test("for 24 hours the answer is replayed, and then the key may be used for another call")
    func commit() async throws {
        try await TestService.with { service in
            let partner = try await service.partner()
            let first = try await create("one", partner)
            #expect(first.status == .created)
            let count = try await keys(partner)

            service.clock.advance(Self.day - 1)
            let replayed = try await create("one", partner)
            #expect(replayed.headers[.idempotencyReplayed] == "true" && replayed.text == first.text)
            #expect(try await create("two", partner).code == "IDEMPOTENCY_KEY_REUSED")
            #expect(try await keys(partner) == count)

            service.clock.advance(1)
            let second = try await create("two", partner)
            #expect(second.status == .created && second.headers[.idempotencyReplayed] == nil)
            #expect(try await keys(partner) == count + 1)
            // Its answer is kept in turn.
            #expect(try await create("two", partner).text == second.text)
            #expect(try await keys(partner) == count + 1)
        }
    }

    @Test("likewise for a call that asks Microsoft before its commit")
    func asksOutside() async throws {
        try await TestService.with { service in
            let partner = try await service.partner()
            let campaign = try await partner.connect("ann@corp.example")
            func recheck() async throws -> TestResponse {
                try await partner.call(.post, "/campaigns/\(campaign)/recheck", headers: [.idempotencyKey: "k"])
            }
            #expect(try await recheck().headers[.idempotencyReplayed] == nil)
            #expect(try await recheck().headers[.idempotencyReplayed] == "true")
            service.clock.advance(Self.day)
            let again = try await recheck()
            #expect(again.status == .ok && again.headers[.idempotencyReplayed] == nil)
            #expect(try await recheck().headers[.idempotencyReplayed] == "true")
        }
    }
}
