import Foundation
import HearthTesting
import Postgres
import TestSupport
import Testing

@testable import HearthCore
@testable import HearthWebhooks

/// What a commit stores for the transaction's events: positions, lanes, deliveries.
@Suite("The outbox", .timeLimit(.minutes(2)))
struct OutboxTests {
    /// The subscriptions of an endpoint in these tests.
    private struct Receiver: Sendable {
        let id: Int64
        let types: [String]
        var owner: String?

        func receives(_ event: OutboxEvent) -> Bool {
            !types.filter(event.subscriptions.contains).isEmpty && (owner == nil || owner == event.ownerEmail)
                && id != event.endpointID
        }
    }

    private static let receivers = [
        Receiver(id: 5, types: ["*"]),
        Receiver(id: 6, types: ["campaign.started", "consent.completed"]),
        Receiver(id: 7, types: ["*"], owner: "anna@corp.example"),
        Receiver(id: 8, types: ["mailbox.disconnected"], owner: "bert@corp.example"),
        Receiver(id: 9, types: ["webhook.endpoint_failing"]),
    ]

    private func with(
        _ adjust: @escaping @Sendable (inout DatabaseSettings) -> Void = { _ in },
        _ body: @escaping @Sendable (TestService) async throws -> Void
    ) async throws {
        try await TestService.with({ $0.database = adjust }) { service in
            try await service.insertTenant(1)
            try await service.insertTenant(2)
            try await service.insertEventPartitions()
            for receiver in Self.receivers {
                _ = try await service.database.write(
                    """
                    INSERT INTO webhook_endpoints (tenant_id, endpoint_id, url, events, owner_email, owner_key, secret,
                        status, created_at, updated_at)
                    VALUES (1, \(receiver.id), 'http://127.0.0.1:1/hook', \(receiver.types), \(receiver.owner),
                        \(receiver.owner), 'x', 'enabled', \(TestService.start), \(TestService.start))
                    """)
            }
            try await body(service)
        }
    }

    /// - Parameter name: identifies the event in the test.
    private func event(_ name: String, _ random: inout some RandomNumberGenerator) -> OutboxEvent {
        let type = ["campaign.started", "consent.completed", "mailbox.disconnected", "webhook.endpoint_failing"]
            .randomElement(using: &random)
        let campaign = Bool.random(using: &random) ? Int64.random(in: 1...3, using: &random) : nil
        let owners = [nil, "anna@corp.example", "bert@corp.example"]
        return OutboxEvent(
            type: type ?? "", action: "a \"quoted\", {braced} \\ one", orderingKey: "campaign:\(campaign ?? 4)",
            campaignID: campaign, ownerEmail: owners.randomElement(using: &random) ?? nil,
            endpointID: [nil, 5, 9].randomElement(using: &random) ?? nil, sequence: campaign == nil ? 0 : 1,
            account: "{\"name\": \"NULL\"}", data: "{\"name\":  \"\(name)\"}",
            createdAt: TestService.start.addingTimeInterval(Double.random(in: 0...1, using: &random)))
    }

    /// A delivery of an event with this name.
    private struct Delivery: Hashable {
        let endpoint: Int64
        let lane: String
        let name: String
    }

    @Test("transactions of many events at once: no gap in the feed, none in a lane, each in the order of its events")
    func concurrency() async throws {
        try await with({ $0.connections = 9 }) { service in
            let transactions = try await withThrowingTaskGroup(of: [[OutboxEvent]].self) { group in
                for writer in 0..<8 {
                    group.addTask {
                        var random = SeededRandom(seed: UInt64(writer + 1))
                        var written: [[OutboxEvent]] = []
                        for number in 0..<25 {
                            let events = (0..<Int.random(in: 1...6, using: &random)).map {
                                event("\(writer).\(number).\($0)", &random)
                            }
                            try await service.database.transaction { transaction in
                                for event in events { Outbox.append(event, tenant: 1, in: &transaction) }
                            }
                            written.append(events)
                        }
                        return written
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            let events = transactions.flatMap(\.self)
            let feed: [(position: Int64, data: String)] = try await service.database.read(
                "SELECT position, data FROM events WHERE tenant_id = 1 ORDER BY position"
            ).map { (try $0["position"], (try $0["data"] as JSONText).text) }
            #expect(feed.map(\.position) == Array(1...Int64(events.count)))
            let last: Int64? = try await service.database.read(
                "SELECT position FROM tenant_feeds WHERE tenant_id = 1"
            ).scalar("position")
            #expect(last == Int64(events.count))
            // The events of a transaction have consecutive positions, in the order of appending.
            let positions = Dictionary(uniqueKeysWithValues: feed.map { ($0.data, $0.position) })
            for transaction in transactions {
                let found = transaction.compactMap { positions[$0.data] }
                let first = try #require(found.first)
                #expect(found == Array(first..<(first + Int64(transaction.count))))
            }

            var wanted: [Delivery] = []
            for receiver in Self.receivers {
                wanted += events.filter(receiver.receives).map {
                    Delivery(endpoint: receiver.id, lane: $0.orderingKey, name: $0.data)
                }
            }
            let rows = try await service.database.read(
                """
                SELECT d.endpoint_id, d.lane_key, d.number, d.event_position, d.event_created_at = e.created_at AS is_dated,
                    e.data, l.next, l.last
                FROM webhook_deliveries d
                JOIN events e ON e.tenant_id = 1 AND e.position = d.event_position
                JOIN webhook_lanes l ON l.tenant_id = 1 AND l.endpoint_id = d.endpoint_id AND l.lane_key = d.lane_key
                WHERE d.tenant_id = 1 ORDER BY d.endpoint_id, d.lane_key, d.number
                """)
            let found = try rows.map {
                Delivery(
                    endpoint: try $0["endpoint_id"], lane: try $0["lane_key"], name: (try $0["data"] as JSONText).text)
            }
            #expect(found.count == wanted.count && Set(found) == Set(wanted))
            let lanes = Dictionary(
                grouping: zip(found, rows), by: { "\($0.0.endpoint) \($0.0.lane)" }
            ).values
            #expect(lanes.count > 10)
            for lane in lanes {
                let numbers: [Int64] = try lane.map { try $0.1["number"] }
                let places: [Int64] = try lane.map { try $0.1["event_position"] }
                #expect(numbers == Array(1...Int64(lane.count)))
                #expect(places == places.sorted())
                #expect(try lane.allSatisfy { try $0.1["last"] == lane.count && $0.1["next"] == 1 && $0.1["is_dated"] })
            }
        }
    }

    @Test("what one event is written as, it is among several, to the byte")
    func sameEither() async throws {
        try await with { service in
            var random = SeededRandom(seed: 1)
            let events = (0..<20).map { event("\($0)", &random) }
            for event in events {
                try await service.database.transaction { Outbox.append(event, tenant: 1, in: &$0) }
            }
            try await service.database.transaction { transaction in
                for event in events { Outbox.append(event, tenant: 1, in: &transaction) }
            }
            let different = try await service.database.read(
                """
                SELECT a.position FROM events a JOIN events b ON b.tenant_id = 1 AND b.position = a.position + 20
                WHERE a.tenant_id = 1
                    AND (a.created_at, a.type, a.action, a.ordering_key, a.campaign_id, a.owner_key, a.endpoint_id,
                        a.sequence, a.account::text, a.data::text)
                    IS DISTINCT FROM (b.created_at, b.type, b.action, b.ordering_key, b.campaign_id, b.owner_key,
                        b.endpoint_id, b.sequence, b.account::text, b.data::text)
                """)
            #expect(different.isEmpty)
            let count: Int? = try await service.database.read(
                "SELECT count(*) AS count FROM events WHERE tenant_id = 1"
            ).scalar("count")
            #expect(count == 40)
        }
    }

    @Test("a body that is run again after a deadlock has appended its events once")
    func rerun() async throws {
        try await with { service in
            let runs = Counter()
            try await service.database.transaction { transaction in
                for endpoint in [Int64(11), 12] {
                    Outbox.append(OutboxEvent(testOf: endpoint, at: TestService.start), tenant: 1, in: &transaction)
                }
                if runs.increment() == 1 {
                    _ = try transaction.query("DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$")
                }
            }
            #expect(runs.value == 2)
            let positions: [Int64] = try await service.database.read(
                "SELECT position FROM events WHERE tenant_id = 1 ORDER BY position"
            ).map { try $0["position"] }
            #expect(positions == [1, 2])
        }
    }

    @Test("events of two tenants in one transaction are refused, and nothing of it is committed")
    func severalTenants() async throws {
        try await with { service in
            await #expect(throws: Outbox.SeveralTenants.self) {
                try await service.database.transaction { transaction in
                    transaction.write("UPDATE tenants SET name = 'changed' WHERE tenant_id = 1")
                    Outbox.append(OutboxEvent(testOf: 11, at: TestService.start), tenant: 1, in: &transaction)
                    Outbox.append(OutboxEvent(testOf: 12, at: TestService.start), tenant: 2, in: &transaction)
                }
            }
            let left = try await service.database.read("SELECT 1 FROM events")
            #expect(left.isEmpty)
            let changed = try await service.database.read("SELECT 1 FROM tenants WHERE name = 'changed'")
            #expect(changed.isEmpty)
        }
    }

    @Test("an audit entry has the position of the last event, although it is given before the events")
    func auditPosition() async throws {
        try await with { service in
            let entry = try Caller.hearth(of: 1).entry(
                "test", "tenant:1", outcome: nil, service.dependencies.recorder, at: TestService.start)
            try await service.database.transaction { transaction in
                transaction.audit(entry)
                Outbox.append(OutboxEvent(testOf: 11, at: TestService.start), tenant: 1, in: &transaction)
                Outbox.append(OutboxEvent(testOf: 12, at: TestService.start), tenant: 1, in: &transaction)
            }
            let position: Int64? = try await service.database.read(
                "SELECT feed_position FROM audit_entries WHERE tenant_id = 1"
            ).scalar("feed_position")
            #expect(position == 2)
        }
    }
}
