import Foundation
import HTTPTypes
import HearthTesting
import Outbound
import Postgres
import Testing

@testable import HearthCore
@testable import HearthService
@testable import HearthWeb
@testable import HearthWebhooks

/// A failure within this process does not count against the endpoint.
@Suite("Deliveries that this process cannot make", .timeLimit(.minutes(2)))
struct DeliverWebhooksTests {
    /// Inserts an endpoint with one delivery due. Nothing listens at its address.
    private func insertDelivery(_ service: TestService) async throws {
        try await service.insertTenant(1)
        try await Partitions(database: service.database, now: service.dependencies.now)
            .ensure()
        let secret = try service.dependencies.keyRing.seal(
            [UInt8](repeating: 3, count: 32), for: .init(tenant: 1, row: 5, purpose: .webhookSecret))
        try await service.database.transaction { transaction in
            transaction.write(
                """
                INSERT INTO webhook_endpoints (tenant_id, endpoint_id, url, events, secret, status, created_at, updated_at)
                VALUES (1, 5, 'http://127.0.0.1:1/hook', '{*}', \(secret), 'enabled', \(TestService.start),
                    \(TestService.start))
                """)
            Outbox.append(OutboxEvent(testOf: 6, at: TestService.start), tenant: 1, in: &transaction)
        }
    }

    private struct Standing: Equatable {
        var attempts: Int
        var dueIn: TimeInterval?
        var failures: Int
        var recorded: Int
    }

    private func standing(_ service: TestService) async throws -> Standing {
        let row = try #require(
            try await service.database.read(
                """
                SELECT l.attempt, l.due_at, e.failures,
                    (SELECT count(*) FROM webhook_attempts a WHERE a.tenant_id = 1) AS recorded
                FROM webhook_lanes l JOIN webhook_endpoints e ON e.tenant_id = 1 AND e.endpoint_id = l.endpoint_id
                WHERE l.tenant_id = 1
                """
            ).first)
        let due: Date? = try row[nullable: "due_at"]
        return Standing(
            attempts: try row["attempt"], dueIn: due?.timeIntervalSince(TestService.start),
            failures: try row["failures"], recorded: try row["recorded"])
    }

    /// Runs the worker until the lane is settled or released.
    private func deliver(_ service: TestService) async throws -> Standing {
        let work = service.dependencies.work
        let worker = LeasedWorker(
            DeliverWebhooks(service.dependencies, engine: service.engines.webhooks, random: { 0.5 }),
            signal: work.deliveries, service.dependencies)
        let task = Task { try await worker.run() }
        defer { task.cancel() }
        // The clock stands still, so the lane does not become due again.
        while true {
            let now = try await standing(service)
            if now.dueIn != 0, now.dueIn != LaneStore.lease { return now }
            work.deliveries.raise()
            await Task.yield()
        }
    }

    @Test("a process that is being stopped gives the lane back with its attempts as they were")
    func shutdown() async throws {
        try await TestService.with { service in
            try await insertDelivery(service)
            await service.engines.webhooks.shutdown()
            #expect(try await deliver(service) == Standing(attempts: 0, dueIn: 2, failures: 0, recorded: 0))
            #expect(service.dependencies.meters.prometheus.render().contains("hearth_webhook_postponed_total 1\n"))
        }
    }

    @Test("a process that has no room gives the lane back with its attempts as they were")
    func saturation() async throws {
        try await TestService.with({
            $0.webhooks = {
                $0.maximumConnections = 0
                $0.maximumWaiting = 0
            }
        }) { service in
            try await insertDelivery(service)
            #expect(try await deliver(service) == Standing(attempts: 0, dueIn: 2, failures: 0, recorded: 0))
        }
    }

    @Test("an endpoint that does not listen has failed")
    func failure() async throws {
        try await TestService.with { service in
            try await insertDelivery(service)
            let standing = try await deliver(service)
            #expect((standing.attempts, standing.failures, standing.recorded) == (1, 1, 1))
        }
    }

    @Test("a test delivery that this process cannot make is no answer of the endpoint's")
    func testDelivery() async throws {
        try await TestService.with({
            $0.webhooks = {
                $0.maximumConnections = 0
                $0.maximumWaiting = 0
            }
        }) { service in
            try await insertDelivery(service)
            let tests = EndpointTester(service.dependencies, engine: service.engines.webhooks)
            let refusal = await #expect(throws: APIError.self) {
                _ = try await tests.send(to: 5, of: 1)
            }
            #expect(refusal?.status == .serviceUnavailable)
        }
    }
}
