import Synchronization

/// Sends one event of type `webhook.test` now and says what came back. It is in no feed and no list of deliveries.
struct TestDelivery: Sendable {
    let event: RecordedEvent
    let attempt: WebhookAttempt

    /// - Throws: 404 when the endpoint is gone, 429 when the tenant has as many under way as it may, 503 when this process
    ///   has no room for it.
    static func send(
        to endpoint: Int64, of tenant: Int64, store: EndpointStore, _ dependencies: Dependencies
    ) async throws -> TestDelivery {
        guard let target = try await store.target(of: endpoint, tenant: tenant) else {
            throw APIError.webhookEndpointNotFound
        }
        let event = RecordedEvent(
            OutboxEvent(testOf: endpoint, at: dependencies.now()),
            id: "evt_\(tenant)_test_\(try await dependencies.ids.next())")
        guard dependencies.testSlots.take(tenant) else {
            throw APIError.rateLimited(retryAfterSeconds: TestSlots.pause)
        }
        defer { dependencies.testSlots.giveBack(tenant) }
        let attempt: WebhookAttempt
        do throws(SendWebhook.NotTried) {
            attempt = try await SendWebhook(dependencies).send(event, to: target, of: tenant)
        } catch {
            throw error.refusal
        }
        dependencies.meters.webhookAttempt(outcome: attempt.outcome.rawValue, duration: attempt.duration)
        return TestDelivery(event: event, attempt: attempt)
    }
}

/// How many test deliveries a tenant has under way. Each waits for a partner's server, and holds a transfer that the
/// deliveries of all tenants need.
final class TestSlots: Sendable {
    static let perTenant = 4
    /// Seconds after which one has come free for certain: as long as a delivery may take.
    static let pause = 10

    private let taken = Mutex<[Int64: Int]>([:])

    func take(_ tenant: Int64) -> Bool {
        taken.withLock { taken in
            guard taken[tenant, default: 0] < Self.perTenant else { return false }
            taken[tenant, default: 0] += 1
            return true
        }
    }

    func giveBack(_ tenant: Int64) {
        taken.withLock { taken in
            let left = taken[tenant, default: 0] - 1
            taken[tenant] = left > 0 ? left : nil
        }
    }
}
