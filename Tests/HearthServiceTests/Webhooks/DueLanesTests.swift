import Foundation
import HearthRules
import HearthTesting
import Postgres
import Testing

@testable import HearthCore
@testable import HearthService
@testable import HearthWebhooks

/// Which due lanes a discovery finds, in which order, and which it ignores.
@Suite("Lanes that are due", .timeLimit(.minutes(2)))
struct DueLanesTests {
    private static let start = TestService.start

    /// Inserts the endpoints, each for a tenant with the same id, with the given number of due lanes.
    private func insert(_ endpoints: [Int64], lanes: Int64 = 1, dueIn: TimeInterval = 0, _ service: TestService)
        async throws
    {
        for endpoint in endpoints {
            try await service.insertTenant(endpoint)
            _ = try await service.database.write(
                """
                INSERT INTO webhook_endpoints (tenant_id, endpoint_id, url, events, secret, status, created_at, updated_at)
                VALUES (\(endpoint), \(endpoint), 'http://127.0.0.1:1/hook', '{*}', '\\x01', 'enabled', \(Self.start),
                    \(Self.start))
                """)
            try await insertLanes(lanes, of: endpoint, dueIn: dueIn, service)
        }
    }

    private func insertLanes(
        _ count: Int64, of endpoint: Int64, dueIn: TimeInterval = 0, prefix: String = "lane", _ service: TestService
    ) async throws {
        _ = try await service.database.write(
            """
            INSERT INTO webhook_lanes (tenant_id, endpoint_id, lane_key, last, due_at)
            SELECT \(endpoint), \(endpoint), \(prefix) || n, 1, \(Self.start.addingTimeInterval(dueIn))
            FROM generate_series(1, \(count)) AS n
            """)
    }

    private func change(_ endpoint: Int64, _ assignment: String, _ service: TestService) async throws {
        _ = try await service.database.write(
            """
            UPDATE webhook_endpoints SET \(unescaped: assignment)
            WHERE tenant_id = \(endpoint) AND endpoint_id = \(endpoint)
            """)
    }

    private func room(_ free: Int, fullTenants: Set<Int64> = []) -> WorkRoom<Int64> {
        WorkRoom(free: free, fullTenants: fullTenants, fullUnits: [])
    }

    private func worker(_ service: TestService) -> DeliverWebhooks {
        DeliverWebhooks(service.dependencies, engine: service.engines.webhooks, random: { 0.5 })
    }

    private func frozen(_ service: TestService) async throws -> Int {
        try await service.database.read("SELECT count(*) AS n FROM webhook_lanes WHERE is_frozen").scalar("n") ?? 0
    }

    @Test("each look begins behind the endpoint that was served last, and goes round")
    func turns() async throws {
        try await TestService.with { service in
            try await insert([1, 2, 3, 4], lanes: 9, service)
            let worker = worker(service)
            func found(_ free: Int) async throws -> [Int64] {
                try await worker.discover(room(free), at: Self.start).due.map(\.endpointID)
            }
            #expect(try await found(100) == [1, 2, 3, 4])
            let two = try await worker.discover(room(2), at: Self.start).due.filter { $0.endpointID == 2 }
            _ = try await worker.claim(two.map { WantedWork(due: $0, count: 1) }, at: Self.start)
            #expect(try await found(100) == [3, 4, 1, 2])
            let look = try await worker.discover(room(100, fullTenants: [3]), at: Self.start)
            #expect(look.due.map(\.endpointID) == [4, 1, 2])
            #expect(look.due.allSatisfy { $0.limit == DueEndpoint.lanesAtOnce && $0.rows >= 8 })
        }
    }

    @Test("an endpoint with more lanes due than a page hides none behind it, and is not read on")
    func pages() async throws {
        try await TestService.with { service in
            try await insert([1, 3], lanes: 1, service)
            try await insert([2], lanes: Int64(LaneStore.page) * 3, service)
            let look = try await worker(service).discover(room(512), at: Self.start)
            #expect(look.due.map(\.endpointID) == [1, 2, 3])
            #expect(look.due.map(\.rows) == [1, LaneStore.page - 1, 1])
            #expect(!look.hasMore)
            let few = try await worker(service).discover(room(2), at: Self.start)
            #expect(few.hasMore, "there is as much as there is room for")
        }
    }

    @Test("what is not due, leased or blocked is left out; one that fails is probed by one lane")
    func leftOut() async throws {
        try await TestService.with { service in
            try await insert([1, 2, 3, 4], service)
            try await insert([5], dueIn: 1, service)
            let lanes = LaneStore(database: service.database, keyRing: service.dependencies.keyRing)
            let first = try #require(try await worker(service).discover(room(9), at: Self.start).due.first)
            #expect(try await lanes.claim([WantedWork(due: first, count: 8)], at: Self.start).count == 1)
            try await change(2, "blocked_until = '2030-01-01', failures = 10", service)
            try await change(3, "blocked_until = '2020-01-01', failures = 10", service)
            let look = try await worker(service).discover(room(9), at: Self.start)
            #expect(look.due.map(\.endpointID) == [3, 4])
            #expect(look.due.map(\.limit) == [1, DueEndpoint.lanesAtOnce])
            #expect(try await frozen(service) == 0)
        }
    }

    @Test("lanes of a disabled endpoint are found once and then no more; enabling brings them back")
    func disabled() async throws {
        try await TestService.with { service in
            try await insert([1, 2], lanes: 3, service)
            try await change(1, "status = 'disabled', disabled_reason = 'requested'", service)
            let worker = worker(service)
            #expect(try await worker.discover(room(99), at: Self.start).due.map(\.endpointID) == [2])
            #expect(try await frozen(service) == 3)
            let lanes = LaneStore(database: service.database, keyRing: service.dependencies.keyRing)
            let page = try await lanes.dueEndpoints(in: LaneCursor.Span(after: .beginning), at: Self.start)
            #expect(page.endpoints.map(\.endpointID) == [2], "not even read")
            let stored = try #require(
                try await EndpointStore(database: service.database, keyRing: service.dependencies.keyRing)
                    .find(1, of: 1))
            #expect(stored.backlog == 3)
            // Lanes added later are found once, too.
            try await insertLanes(2, of: 1, prefix: "new", service)
            _ = try await worker.discover(room(99), at: Self.start)
            #expect(try await frozen(service) == 5)

            _ = try await service.database.transaction { transaction in
                try EndpointStore.change(
                    1, of: 1, to: EndpointChange(status: .enabled), at: Self.start, in: &transaction)
            }
            #expect(try await frozen(service) == 0)
            #expect(try await worker.discover(room(99), at: Self.start).due.map(\.endpointID) == [1, 2])
        }
    }

    @Test("one that is enabled just when its lanes are to be frozen is not frozen")
    func enabledMeanwhile() async throws {
        try await TestService.with { service in
            try await insert([1], service)
            let lanes = LaneStore(database: service.database, keyRing: service.dependencies.keyRing)
            // An earlier discovery saw the endpoint as disabled.
            try await lanes.freeze(
                DueEndpoint(tenantID: 1, endpointID: 1, state: .off, isProbing: false, rows: 1))
            #expect(try await frozen(service) == 0)
        }
    }

    @Test("a holder whose lease was taken over settles nothing")
    func lostLease() async throws {
        try await TestService.with { service in
            try await insert([1], service)
            let lanes = LaneStore(database: service.database, keyRing: service.dependencies.keyRing)
            let due = try await worker(service).discover(room(9), at: Self.start).due.map {
                WantedWork(due: $0, count: 1)
            }
            let slow = try #require(try await lanes.claim(due, at: Self.start).first)
            let later = Self.start.addingTimeInterval(LaneStore.lease)
            let quick = try #require(try await lanes.claim(due, at: later).first)
            #expect((slow.lease, quick.lease) == (1, 2))
            let attempt = WebhookAttempt(status: 200, body: [], retryAfter: nil, duration: .zero, at: later)
            try await Partitions(database: service.database, now: service.dependencies.now).ensure()
            #expect(try await lanes.accept(1, of: slow, attempt: attempt, keepsLease: false, at: later) == nil)
            #expect(try await lanes.accept(1, of: quick, attempt: attempt, keepsLease: false, at: later) != nil)
        }
    }
}
