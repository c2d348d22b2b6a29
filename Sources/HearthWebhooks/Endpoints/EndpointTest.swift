package import HearthCore
import HearthWeb
package import Outbound
import Synchronization

/// An event of type `webhook.test` and the result of sending it. It appears in no feed and no list of deliveries.
package struct EndpointTest: Sendable {
    let event: RecordedEvent
    package let attempt: WebhookAttempt
}

/// Sends test events, once each. There is one instance per process, so that the API and the console share its limit.
package struct EndpointTester: Sendable {
    private let dependencies: Dependencies
    private let sender: SendWebhook
    private let store: EndpointStore
    private let slots = EndpointTestSlots()

    package init(_ dependencies: Dependencies, engine: OutboundEngine) {
        self.dependencies = dependencies
        sender = SendWebhook(dependencies, engine: engine)
        store = EndpointStore(database: dependencies.database, keyRing: dependencies.keyRing)
    }

    /// - Throws: 404 if the endpoint does not exist, 429 if the tenant has too many tests under way, 503 if this process is
    ///   too busy or shutting down.
    package func send(to endpoint: Int64, of tenant: Int64) async throws -> EndpointTest {
        guard let target = try await store.target(of: endpoint, tenant: tenant) else {
            throw APIError.webhookEndpointNotFound
        }
        let event = RecordedEvent(
            OutboxEvent(testOf: endpoint, at: dependencies.now()),
            id: "evt_\(tenant)_test_\(try await dependencies.ids.next())")
        guard slots.take(tenant) else { throw APIError.rateLimited(retryAfterSeconds: EndpointTestSlots.pause) }
        defer { slots.giveBack(tenant) }
        let attempt: WebhookAttempt
        do throws(SendWebhook.NotAttempted) {
            attempt = try await sender.send(event, to: target, of: tenant)
        } catch {
            throw error.refusal
        }
        dependencies.meters.webhookAttempt(outcome: attempt.outcome.rawValue, duration: attempt.duration)
        return EndpointTest(event: event, attempt: attempt)
    }
}

/// Limits the concurrent test deliveries of a tenant. Each waits for a partner's server and occupies a transfer that is
/// shared with the deliveries of all tenants.
final class EndpointTestSlots: Sendable {
    static let perTenant = 4
    /// Seconds after which a slot is certainly free: the timeout of a delivery.
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
